import { groupsList, type Role, roleGroupsAdd, roleGroupsRemove } from '@castellan/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { groupsOf } from './queries.ts';
import { RoleHolders, useHolderQuestion } from './role-holders.tsx';
import { counted } from './words.ts';

/** The groups that hold a role. */
export function RoleGroups({ role }: { role: Role }) {
  const list = useList(groupsOf(role.id));
  const question = useHolderQuestion();
  const [search, setSearch] = useState('');
  const candidates = useQuery({
    ...reading(groupsList, {
      params: { id: role.workspaceId },
      query: { search: search || undefined, pageSize: 20 },
    }),
    enabled: question.giving,
    placeholderData: keepPreviousData,
  });
  const add = useAction(roleGroupsAdd, {
    showsErrors: true,
    done: () => ({ title: `${question.chosen?.label} has the role ${role.name}` }),
    onDone: question.close,
  });
  const undo = useAction(roleGroupsAdd, { done: () => ({ title: `It has the role ${role.name} again` }) });
  const remove = useAction(roleGroupsRemove, {
    showsErrors: true,
    done: (_, input) => ({
      title: `${question.leaving?.label} no longer has the role ${role.name}`,
      action: { label: 'Undo', run: () => undo.mutate(input) },
    }),
    onDone: question.close,
  });
  const held = new Set(list.rows?.map(({ id }) => id));
  return (
    <RoleHolders
      role={role}
      what="group"
      empty="Whoever is in a group that holds the role holds it too, and loses it on leaving the group."
      list={list}
      entryOf={({ id, name }) => ({ id, label: name })}
      rowOf={(group) => (
        <Link
          to="/workspaces/$id"
          params={{ id: group.workspaceId }}
          search={{ tab: 'groups', group: group.id }}
          className="block rounded-[4px] hover:underline"
        >
          <span className="block truncate font-medium">{group.name}</span>
          <span className="block text-12 text-muted">{counted(group.memberCount, 'member')}</span>
        </Link>
      )}
      question={question}
      search={search}
      onSearch={setSearch}
      options={candidates.data?.items
        .filter(({ id }) => !held.has(id))
        .map(({ id, name, memberCount }) => ({ id, label: name, hint: counted(memberCount, 'member') }))}
      give={add}
      onGive={(gid) => add.mutate({ params: { id: role.id, gid } })}
      take={remove}
      onTake={(gid) => remove.mutate({ params: { id: role.id, gid } })}
      planned={(done, id) => ({ kind: `role_group_${done}`, role_id: role.id, group_id: id })}
    />
  );
}
