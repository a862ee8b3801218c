import {
  type AccessChange,
  type accessExplain,
  actionsRegister,
  membersUpdate,
  type RouteBody,
  resourcesRegister,
  resourcesShare,
  roleActionsAdd,
  roleMembersAdd,
  rolesCreate,
  usersAddToWorkspace,
  usersSetStates,
} from '@castellan/contract';
import type { TriedWorld } from './tried-world.ts';

/** A question as it is put to `POST /admin/access/explain`. */
export type AskedQuestion = RouteBody<typeof accessExplain>;

/**
 * Makes proposed changes for real, one after the other, as an operator or the service would; one that its own route refuses,
 * because another one was left out, is left out too.
 *
 * @param before called before each of them, with the question as it would be asked then
 * @returns the question as it is asked afterwards: with what the delegate was granted besides
 */
export async function makeProposedChanges(
  tried: TriedWorld,
  asked: AskedQuestion,
  changes: readonly AccessChange[],
  before: (asked: AskedQuestion) => Promise<void> = async () => {},
): Promise<AskedQuestion> {
  let createdRoleId: string | undefined;
  let granted = asked.grantedActions;
  for (const change of changes) {
    await before(granted ? { ...asked, grantedActions: granted } : asked);
    if (change.kind === 'widen_grant')
      granted = [...granted!, asked.action ?? `${asked.type}:${asked.permission}`];
    else if (change.kind === 'create_role') createdRoleId = await createRole(tried, change);
    else await makeChange(tried, asked, change, createdRoleId);
  }
  return granted ? { ...asked, grantedActions: granted } : asked;
}

async function createRole({ admin }: TriedWorld, change: AccessChange): Promise<string> {
  const answer = await admin.call(rolesCreate, {
    params: { id: change.targetId! },
    body: { name: `New ${crypto.randomUUID()}`, actionIds: [change.actionId!] },
  });
  return answer.result.id;
}

async function makeChange(
  { admin, service, house, world }: TriedWorld,
  { userId, type, resourceId }: AskedQuestion,
  change: AccessChange,
  createdRoleId: string | undefined,
): Promise<void> {
  const { targetId, permission } = change;
  switch (change.kind) {
    case 'activate_user':
      await admin.call(usersSetStates, { body: { ids: [userId], isActive: true } });
      // Whoever accepts the invitation that they have.
      await house.query(`UPDATE users SET state = 'active' WHERE id = $1 AND state = 'invited'`, [userId]);
      return;
    case 'add_member':
      await admin.call(usersAddToWorkspace, {
        params: { id: userId },
        body: { workspaceId: targetId ?? world.workspaces[0]!.id, role: change.role! },
      });
      return;
    case 'register_action': {
      const actions = await house.query<{ name: string }>(
        'SELECT name FROM service_actions WHERE service_id = $1 AND (absent_since IS NULL OR id = $2)',
        [world.serviceId, targetId],
      );
      await service.call(actionsRegister, { body: { actions: actions.map(({ name }) => ({ name })) } });
      return;
    }
    case 'add_action_to_role':
      await admin.call(roleActionsAdd, {
        params: { id: targetId! },
        body: { actionIds: [change.actionId!] },
      });
      return;
    case 'give_role': {
      const id = targetId ?? createdRoleId;
      // The role that would have been created was left out.
      if (id !== undefined) await admin.call(roleMembersAdd, { params: { id, uid: userId } });
      return;
    }
    case 'register_resource':
      await service.call(resourcesRegister, {
        body: {
          resources: [
            {
              type: type!,
              id: resourceId!,
              workspaceId: targetId ?? world.workspaces[0]!.id,
              ownerId: userId,
            },
          ],
        },
      });
      return;
    case 'share_resource':
    case 'raise_share':
      await service.call(resourcesShare, {
        params: { type: type!, rid: resourceId! },
        body: { userId, permission: permission! },
      });
      return;
    case 'make_workspace_admin':
      await admin.call(membersUpdate, { params: { id: targetId!, uid: userId }, body: { role: 'admin' } });
      return;
    case 'create_role':
    case 'widen_grant':
      return;
  }
}
