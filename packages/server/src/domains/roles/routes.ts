import {
  roleActionsAdd,
  roleActionsList,
  roleActionsRemove,
  roleGroupsAdd,
  roleGroupsList,
  roleGroupsRemove,
  roleMembersAdd,
  roleMembersList,
  roleMembersRemove,
  rolesCreate,
  rolesDelete,
  rolesList,
  rolesRead,
  rolesUpdate,
  serviceActionsList,
} from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { listGroupsOfRole } from '../workspaces/list-groups.ts';
import { listRoleMembers } from '../workspaces/list-members.ts';
import { requireWorkspaceExists } from '../workspaces/workspace-detail.ts';
import { changeRole, createRole, deleteRole } from './change-role.ts';
import { listRoles, readRole } from './list-roles.ts';
import { listRoleActions, listServiceActions } from './list-service-actions.ts';
import { addActions, removeAction } from './role-actions.ts';
import { giveRoleToGroup, giveRoleToMember, takeRoleFromGroup, takeRoleFromMember } from './role-holders.ts';

export interface RoleRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
}

/** Custom roles with their actions and holders, and the actions of services, as operators see and change them (P8, P9). */
export function roleRoutes(options: RoleRoutesOptions): Implementation[] {
  return [...ofRoles(options), ...ofActions(options), ...ofHolders(options)];
}

function ofRoles({ database, cursors }: RoleRoutesOptions): Implementation[] {
  return [
    implement(rolesList, async (call) => {
      await requireWorkspaceExists(database.db, call.params.id);
      return listRoles(database.db, cursors, call.params.id, call.query);
    }),
    implement(rolesCreate, (call) =>
      call.write(async (tx) => readRole(tx.db, await createRole(tx, call.params.id, call.body))),
    ),
    implement(rolesRead, (call) => readRole(database.db, call.params.id)),
    implement(rolesUpdate, (call) =>
      call.write(async (tx) => {
        await changeRole(tx, call.params.id, call.body);
        return readRole(tx.db, call.params.id);
      }),
    ),
    implement(rolesDelete, (call) =>
      call.write(async (tx) => {
        await deleteRole(tx, call.params.id);
        return undefined;
      }),
    ),
  ];
}

function ofActions({ database, cursors }: RoleRoutesOptions): Implementation[] {
  return [
    implement(serviceActionsList, (call) => listServiceActions(database.db, cursors, call.query)),
    implement(roleActionsList, async (call) => {
      const role = await readRole(database.db, call.params.id);
      return listRoleActions(database.db, cursors, role.id, call.query);
    }),
    implement(roleActionsAdd, (call) =>
      call.write(async (tx) => {
        await addActions(tx, call.params.id, call.body.actionIds);
        return readRole(tx.db, call.params.id);
      }),
    ),
    implement(roleActionsRemove, (call) =>
      call.write(async (tx) => {
        await removeAction(tx, call.params.id, call.params.said);
        return undefined;
      }),
    ),
  ];
}

function ofHolders({ database, cursors }: RoleRoutesOptions): Implementation[] {
  return [
    implement(roleMembersList, async (call) => {
      const role = await readRole(database.db, call.params.id);
      return listRoleMembers(database.db, cursors, role, call.query);
    }),
    implement(roleMembersAdd, (call) =>
      call.write(async (tx) => {
        await giveRoleToMember(tx, call.params.id, call.params.uid);
        return undefined;
      }),
    ),
    implement(roleMembersRemove, (call) =>
      call.write(async (tx) => {
        await takeRoleFromMember(tx, call.params.id, call.params.uid);
        return undefined;
      }),
    ),
    implement(roleGroupsList, async (call) => {
      const role = await readRole(database.db, call.params.id);
      return listGroupsOfRole(database.db, cursors, role, call.query);
    }),
    implement(roleGroupsAdd, (call) =>
      call.write(async (tx) => {
        await giveRoleToGroup(tx, call.params.id, call.params.gid);
        return undefined;
      }),
    ),
    implement(roleGroupsRemove, (call) =>
      call.write(async (tx) => {
        await takeRoleFromGroup(tx, call.params.id, call.params.gid);
        return undefined;
      }),
    ),
  ];
}
