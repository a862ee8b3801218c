import {
  type Group,
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  type Member,
  membersList,
} from '@castellan/contract';
import { Button, ConfirmDialog, EmptyState, ErrorState, IconButton, Picker, Skeleton } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserMinus } from 'lucide-react';
import { useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import { failureOf } from '../api/failure.ts';
import { listing, reading } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
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
  const [joining, setJoining] = useState<{ id: string; label: string }>();
  const [leaving, setLeaving] = useState<Member>();
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
        onChange={(chosen) => chosen && setJoining(chosen)}
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
                onClick={() => setLeaving(member)}
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
      <JoinQuestion group={group} person={joining} onClose={() => setJoining(undefined)} />
      <LeaveQuestion group={group} member={leaving} onClose={() => setLeaving(undefined)} />
    </div>
  );
}

/** The question before somebody comes into a group: what they gain with it. */
function JoinQuestion(props: {
  group: Group;
  person: { id: string; label: string } | undefined;
  onClose: () => void;
}) {
  const { group, person, onClose } = props;
  const add = useAction(groupMembersAdd, {
    showsErrors: true,
    done: () => ({ title: `${person?.label} is in ${group.name}` }),
    onDone: onClose,
  });
  const failure = add.error && failureToast(add.error);
  return (
    <ConfirmDialog
      open={person !== undefined}
      danger={false}
      onOpenChange={(next) => {
        if (next) return;
        add.reset();
        onClose();
      }}
      title={`Add ${person?.label} to ${group.name}?`}
      action="Add"
      busy={add.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => person && add.mutate({ params: { id: group.id, uid: person.id } })}
    >
      <Simulation change={person && { kind: 'group_member_added', group_id: group.id, user_id: person.id }} />
    </ConfirmDialog>
  );
}

/** The question before somebody is taken out of a group: what they lose with it. */
function LeaveQuestion(props: { group: Group; member: Member | undefined; onClose: () => void }) {
  const { group, member, onClose } = props;
  const undo = useAction(groupMembersAdd, { done: () => ({ title: `In ${group.name} again` }) });
  const remove = useAction(groupMembersRemove, {
    showsErrors: true,
    done: (_, input) => ({
      title: `${member?.name} is taken out of ${group.name}`,
      action: { label: 'Undo', run: () => undo.mutate(input) },
    }),
    onDone: onClose,
  });
  const failure = remove.error && failureToast(remove.error);
  return (
    <ConfirmDialog
      open={member !== undefined}
      onOpenChange={(next) => {
        if (next) return;
        remove.reset();
        onClose();
      }}
      title={`Take ${member?.name} out of ${group.name}?`}
      action="Take out"
      busy={remove.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => member && remove.mutate({ params: { id: group.id, uid: member.userId } })}
    >
      <Simulation
        change={member && { kind: 'group_member_removed', group_id: group.id, user_id: member.userId }}
      />
    </ConfirmDialog>
  );
}
