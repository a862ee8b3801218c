import { membersList, type Role, roleMembersAdd, roleMembersRemove } from '@castellan/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { Person } from '../people/labels.tsx';
import { membersOf } from './queries.ts';
import { RoleHolders, useHolderQuestion } from './role-holders.tsx';

/** The members who hold a role themselves. */
export function RoleMembers({ role }: { role: Role }) {
  const list = useList(membersOf(role.id));
  const question = useHolderQuestion();
  const [search, setSearch] = useState('');
  const candidates = useQuery({
    ...reading(membersList, {
      params: { id: role.workspaceId },
      query: { search: search || undefined, pageSize: 20 },
    }),
    enabled: question.giving,
    placeholderData: keepPreviousData,
  });
  const add = useAction(roleMembersAdd, {
    showsErrors: true,
    done: () => ({ title: `${question.chosen?.label} has the role ${role.name}` }),
    onDone: question.close,
  });
  const undo = useAction(roleMembersAdd, {
    done: () => ({ title: `They have the role ${role.name} again` }),
  });
  const remove = useAction(roleMembersRemove, {
    showsErrors: true,
    done: (_, input) => ({
      title: `${question.leaving?.label} no longer has the role ${role.name}`,
      action: { label: 'Undo', run: () => undo.mutate(input) },
    }),
    onDone: question.close,
  });
  const held = new Set(list.rows?.map(({ userId }) => userId));
  return (
    <RoleHolders
      role={role}
      what="member"
      empty="Give the role to members one by one, or to a group: whoever is in the group holds it, too."
      list={list}
      entryOf={({ userId, name }) => ({ id: userId, label: name })}
      rowOf={(member) => (
        <Link to="/users/$id" params={{ id: member.userId }} className="block rounded-[4px] hover:underline">
          <Person name={member.name} email={member.email} />
        </Link>
      )}
      question={question}
      search={search}
      onSearch={setSearch}
      options={candidates.data?.items
        .filter(({ userId }) => !held.has(userId))
        .map(({ userId, name, email }) => ({ id: userId, label: name, hint: email }))}
      give={add}
      onGive={(uid) => add.mutate({ params: { id: role.id, uid } })}
      take={remove}
      onTake={(uid) => remove.mutate({ params: { id: role.id, uid } })}
      planned={(done, id) => ({ kind: `role_member_${done}`, role_id: role.id, user_id: id })}
    />
  );
}
