import {
  type Group,
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  membersList,
} from '@castellan/contract';
import { Button, EmptyState, ErrorState, IconButton, Picker, Skeleton } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserMinus } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { listing, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { Person } from '../people/labels.tsx';

/** Who is in a group: add by search among the workspace's members, take out with one press. */
export function GroupMembers({ workspaceId, group }: { workspaceId: string; group: Group }) {
  const list = useList(listing(groupMembersList, { params: { id: group.id }, query: {} }, 50));
  const [search, setSearch] = useState('');
  const candidates = useQuery({
    ...reading(membersList, {
      params: { id: workspaceId },
      query: { search: search || undefined, pageSize: 20 },
    }),
    placeholderData: keepPreviousData,
  });
  const add = useAction(groupMembersAdd, { done: () => ({ title: `Added to ${group.name}` }) });
  const remove = useAction(groupMembersRemove, {
    done: (_, { params }) => ({
      title: `Taken out of ${group.name}`,
      action: { label: 'Undo', run: () => add.mutate({ params }) },
    }),
  });
  const inside = new Set(list.rows?.map(({ userId }) => userId));
  return (
    <div className="flex flex-col gap-4">
      <Picker
        label="Add a member"
        placeholder="Add a member of the workspace"
        nothing="No other member matches"
        value={null}
        search={search}
        onSearch={setSearch}
        options={candidates.data?.items
          .filter(({ userId }) => !inside.has(userId))
          .map(({ userId, name, email }) => ({ id: userId, label: name, hint: email }))}
        onChange={(chosen) => chosen && add.mutate({ params: { id: group.id, uid: chosen.id } })}
      />
      {list.error ? (
        <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
      ) : !list.rows ? (
        <Skeleton className="h-40 w-full" />
      ) : list.rows.length === 0 ? (
        <EmptyState compact title="Nobody is in this group yet">
          Add members of the workspace with the field above.
        </EmptyState>
      ) : (
        <ul aria-label={`Members of ${group.name}`}>
          {list.rows.map((member) => (
            <li
              key={member.userId}
              className="flex items-center gap-3 border-b border-subtle py-2 last:border-0"
            >
              <Link
                to="/users/$id"
                params={{ id: member.userId }}
                className="min-w-0 flex-1 rounded-[4px] hover:underline"
              >
                <Person name={member.name} email={member.email} />
              </Link>
              <IconButton
                small
                icon={UserMinus}
                label={`Take ${member.name} out of ${group.name}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate({ params: { id: group.id, uid: member.userId } })}
              />
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <Button onClick={list.more} className="self-center">
          Show more
        </Button>
      )}
    </div>
  );
}
