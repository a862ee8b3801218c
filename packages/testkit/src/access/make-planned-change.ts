import {
  actionsRegister,
  groupMembersAdd,
  groupMembersRemove,
  groupsDelete,
  membersRemove,
  membersUpdate,
  type PlannedChange,
  roleActionsAdd,
  roleActionsRemove,
  roleGroupsAdd,
  roleGroupsRemove,
  roleMembersAdd,
  roleMembersRemove,
  rolesDelete,
} from '@castellan/contract';
import type { TriedWorld } from './tried-world.ts';
import type { AccessWorld } from './world.ts';

/** Makes a planned change for real, by its own routes. @returns the codes of their refusals */
export async function makePlannedChange(
  { admin, service }: TriedWorld,
  world: AccessWorld,
  change: PlannedChange,
): Promise<string[]> {
  const answers: { readonly code: string | undefined }[] = [];
  switch (change.kind) {
    case 'role_actions':
      if (change.add.length > 0)
        answers.push(
          await admin.call(roleActionsAdd, {
            params: { id: change.role_id },
            body: { actionIds: change.add },
          }),
        );
      for (const said of change.remove)
        answers.push(await admin.call(roleActionsRemove, { params: { id: change.role_id, said } }));
      break;
    case 'role_deleted':
      answers.push(await admin.call(rolesDelete, { params: { id: change.role_id } }));
      break;
    case 'role_member_added':
    case 'role_member_removed': {
      const route = change.kind === 'role_member_added' ? roleMembersAdd : roleMembersRemove;
      answers.push(await admin.call(route, { params: { id: change.role_id, uid: change.user_id } }));
      break;
    }
    case 'role_group_added':
    case 'role_group_removed': {
      const route = change.kind === 'role_group_added' ? roleGroupsAdd : roleGroupsRemove;
      answers.push(await admin.call(route, { params: { id: change.role_id, gid: change.group_id } }));
      break;
    }
    case 'group_deleted':
      answers.push(await admin.call(groupsDelete, { params: { id: change.group_id } }));
      break;
    case 'group_member_added':
    case 'group_member_removed': {
      const route = change.kind === 'group_member_added' ? groupMembersAdd : groupMembersRemove;
      answers.push(await admin.call(route, { params: { id: change.group_id, uid: change.user_id } }));
      break;
    }
    case 'member_removed':
      answers.push(
        await admin.call(membersRemove, { params: { id: change.workspace_id, uid: change.user_id } }),
      );
      break;
    case 'member_role_changed':
      answers.push(
        await admin.call(membersUpdate, {
          params: { id: change.workspace_id, uid: change.user_id },
          body: { role: change.role },
        }),
      );
      break;
    case 'actions_withdrawn': {
      const kept = world.actions.filter(({ id, absent }) => !absent && !change.action_ids.includes(id));
      answers.push(
        await service.call(actionsRegister, { body: { actions: kept.map(({ name }) => ({ name })) } }),
      );
    }
  }
  return answers.flatMap(({ code }) => code ?? []);
}
