import {
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  groupsCreate,
  groupsDelete,
  groupsList,
  groupsUpdate,
  membersInvite,
  membersList,
  membersRemove,
  membersUpdate,
  workspacesAll,
  workspacesCreate,
  workspacesDelete,
  workspacesExport,
  workspacesList,
  workspacesRead,
  workspacesUpdate,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { addGroupMember, changeGroup, createGroup, deleteGroup, removeGroupMember } from './change-group.ts';
import { changeWorkspace, createWorkspace, deleteWorkspace } from './change-workspace.ts';
import { inviteMember } from './invite-member.ts';
import { listGroups, readGroup } from './list-groups.ts';
import { listGroupMembers, listMembers, readMember } from './list-members.ts';
import {
  exportWorkspaces,
  listWorkspaceNames,
  listWorkspaces,
  workspaceExportHeader,
} from './list-workspaces.ts';
import { changeMemberRole, removeMember } from './membership.ts';
import { readWorkspaceDetail, requireWorkspaceExists } from './workspace-detail.ts';

export interface WorkspaceRoutesOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

/** Workspaces, their members and groups, as operators see and change them (P5, P6, P7). */
export function workspaceRoutes(options: WorkspaceRoutesOptions): Implementation[] {
  return [...ofWorkspaces(options), ...ofMembers(options), ...ofGroups(options)];
}

function ofWorkspaces({ database, cursors, clock }: WorkspaceRoutesOptions): Implementation[] {
  return [
    implement(workspacesList, (call) => listWorkspaces(database.db, cursors, call.query)),
    implement(workspacesAll, (call) => listWorkspaceNames(database.db, cursors, call.query.search)),
    implement(workspacesRead, (call) =>
      readWorkspaceDetail(database.db, cursors, call.params.id, clock.now()),
    ),
    implement(workspacesCreate, (call) =>
      call.write(async (tx) =>
        readWorkspaceDetail(tx.db, cursors, await createWorkspace(tx, call.body), tx.now),
      ),
    ),
    implement(workspacesUpdate, (call) =>
      call.write(async (tx) => {
        await changeWorkspace(tx, call.params.id, call.body);
        return readWorkspaceDetail(tx.db, cursors, call.params.id, tx.now);
      }),
    ),
    implement(workspacesDelete, (call) =>
      call.write(async (tx) => {
        await deleteWorkspace(tx, call.params.id);
        return undefined;
      }),
    ),
    implement(workspacesExport, async (call) => {
      // Told before the first byte: whoever has the file is in the timeline.
      await call.write(async (tx) =>
        tx.record({
          action: 'workspaces_exported',
          target: { kind: 'workspace', id: null, label: 'all workspaces' },
        }),
      );
      return csvAnswer('workspaces', workspaceExportHeader, exportWorkspaces(database.db));
    }),
  ];
}

function ofMembers({ database, vault, cursors }: WorkspaceRoutesOptions): Implementation[] {
  return [
    implement(membersList, async (call) => {
      await requireWorkspaceExists(database.db, call.params.id);
      return listMembers(database.db, cursors, call.params.id, call.query);
    }),
    implement(membersInvite, (call) =>
      call.write(async (tx) => {
        const userId = await inviteMember(tx, vault, call.params.id, call.body);
        return readMember(tx.db, call.params.id, userId);
      }),
    ),
    implement(membersUpdate, (call) =>
      call.write(async (tx) => {
        await changeMemberRole(tx, call.params.id, call.params.uid, call.body.role);
        return readMember(tx.db, call.params.id, call.params.uid);
      }),
    ),
    implement(membersRemove, (call) =>
      call.write(async (tx) => {
        await removeMember(tx, call.params.id, call.params.uid);
        return undefined;
      }),
    ),
  ];
}

function ofGroups({ database, cursors }: WorkspaceRoutesOptions): Implementation[] {
  return [
    implement(groupsList, async (call) => {
      await requireWorkspaceExists(database.db, call.params.id);
      return listGroups(database.db, cursors, call.params.id, call.query);
    }),
    implement(groupsCreate, (call) =>
      call.write(async (tx) => readGroup(tx.db, await createGroup(tx, call.params.id, call.body))),
    ),
    implement(groupsUpdate, (call) =>
      call.write(async (tx) => {
        await changeGroup(tx, call.params.id, call.body);
        return readGroup(tx.db, call.params.id);
      }),
    ),
    implement(groupsDelete, (call) =>
      call.write(async (tx) => {
        await deleteGroup(tx, call.params.id);
        return undefined;
      }),
    ),
    implement(groupMembersList, async (call) => {
      const group = await readGroup(database.db, call.params.id);
      return listGroupMembers(database.db, cursors, group, call.query);
    }),
    implement(groupMembersAdd, (call) =>
      call.write(async (tx) => {
        await addGroupMember(tx, call.params.id, call.params.uid);
        return undefined;
      }),
    ),
    implement(groupMembersRemove, (call) =>
      call.write(async (tx) => {
        await removeGroupMember(tx, call.params.id, call.params.uid);
        return undefined;
      }),
    ),
  ];
}
