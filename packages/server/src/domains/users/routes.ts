import {
  usersAddToWorkspace,
  usersCreate,
  usersDelete,
  usersEndSession,
  usersEndSessions,
  usersExport,
  usersInvite,
  usersList,
  usersRead,
  usersSetStates,
  usersUpdate,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { endGrants } from '../grants/grant-store.ts';
import { inviteUsers } from '../invitations/invite.ts';
import { addMember, requireWorkspace } from '../workspaces/membership.ts';
import { changeUser, lockUser, personTarget, setUserStates } from './change-user.ts';
import { createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { exportUsers, userExportHeader } from './export-users.ts';
import { listUsers } from './list-users.ts';
import { readUserDetail } from './user-detail.ts';

export interface UserRoutesOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

/** People, as operators see and change them (P4). */
export function userRoutes({ database, vault, cursors, clock }: UserRoutesOptions): Implementation[] {
  return [
    implement(usersList, (call) => listUsers(database.db, cursors, call.query)),
    implement(usersRead, (call) => readUserDetail(database.db, call.params.id, clock.now())),
    implement(usersCreate, (call) =>
      call.write(async (tx) => readUserDetail(tx.db, await createUser(tx, vault, call.body), tx.now)),
    ),
    implement(usersUpdate, (call) =>
      call.write(async (tx) => {
        await changeUser(tx, call.params.id, call.body);
        return readUserDetail(tx.db, call.params.id, tx.now);
      }),
    ),
    implement(usersDelete, (call) =>
      call.write(async (tx) => {
        await deleteUser(tx, call.params.id);
        return undefined;
      }),
    ),
    implement(usersSetStates, (call) =>
      call.write((tx) => setUserStates(tx, call.body.ids, call.body.isActive)),
    ),
    implement(usersAddToWorkspace, (call) =>
      call.write(async (tx) => {
        const user = await lockUser(tx, call.params.id);
        const workspace = await requireWorkspace(tx, call.body.workspaceId);
        await addMember(tx, workspace, user, call.body.role);
        return readUserDetail(tx.db, user.id, tx.now);
      }),
    ),
    implement(usersInvite, (call) =>
      call.write(async (tx) => {
        const user = await lockUser(tx, call.params.id);
        if (user.state === 'deactivated') throw new Refusal('account_deactivated');
        await inviteUsers(tx, vault, [user]);
        return readUserDetail(tx.db, user.id, tx.now);
      }),
    ),
    implement(usersEndSessions, (call) =>
      call.write(async (tx) => {
        const user = await lockUser(tx, call.params.id);
        const ended = await endGrants(tx, { userIds: [user.id] }, 'ended_by_operator');
        tx.record({ action: 'sessions_ended', target: personTarget(user), detail: { ended } });
        return { ended };
      }),
    ),
    implement(usersEndSession, (call) =>
      call.write(async (tx) => {
        const user = await lockUser(tx, call.params.id);
        const { sid } = call.params;
        const ended = await endGrants(tx, { grantId: sid, userId: user.id }, 'ended_by_operator');
        if (ended === 0) throw new Refusal('not_found');
        tx.record({ action: 'session_ended', target: personTarget(user), detail: { session_id: sid } });
        return undefined;
      }),
    ),
    implement(usersExport, async (call) => {
      const { state } = call.query;
      // Told before the first byte: whoever has the file is in the timeline, even if they cut the connection.
      await call.write(async (tx) =>
        tx.record({
          action: 'users_exported',
          target: { kind: 'user', id: null, label: 'all people' },
          detail: state ? { state } : {},
        }),
      );
      return csvAnswer('people', userExportHeader, exportUsers(database.db, state));
    }),
  ];
}
