import type { UserState, WorkspaceRole } from '@castellan/contract';
import type { PreparedQuery } from '../../platform/database/transaction.ts';
import type { Subject } from './access.ts';
import { decide } from './decide.ts';
import { type RunQuery, readableId } from './facts.ts';

// From the person's roles to what these name, in this order whatever the plan (see facts.ts).
const heldActions: PreparedQuery = {
  name: 'actions of a person',
  text: `
SELECT held.state, held.role, a.name, a.absent_since IS NOT NULL AS absent, held.role_id,
       (SELECT r.name FROM roles r WHERE r.id = held.role_id) AS role_name
FROM (
  SELECT q.service_id, u.state, m.role, given.role_id
  FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::uuid[])) AS q (user_id, workspace_id, service_id)
  CROSS JOIN LATERAL (SELECT i.state FROM users i WHERE i.id = q.user_id OFFSET 0) u
  CROSS JOIN LATERAL (
    SELECT i.role FROM members i WHERE i.user_id = q.user_id AND i.workspace_id = q.workspace_id OFFSET 0
  ) m
  CROSS JOIN LATERAL (
    SELECT rm.role_id FROM role_members rm WHERE rm.user_id = q.user_id AND rm.workspace_id = q.workspace_id
    UNION
    SELECT rg.role_id
    FROM group_members gm
    CROSS JOIN LATERAL (SELECT i.role_id FROM role_groups i WHERE i.group_id = gm.group_id OFFSET 0) rg
    WHERE gm.user_id = q.user_id AND gm.workspace_id = q.workspace_id
  ) given
) held
CROSS JOIN LATERAL (SELECT ra.action_id FROM role_actions ra WHERE ra.role_id = held.role_id OFFSET 0) named
CROSS JOIN LATERAL (
  SELECT i.name, i.absent_since FROM service_actions i
  WHERE i.id = named.action_id AND i.service_id = held.service_id OFFSET 0
) a
ORDER BY a.name`,
};

interface Row {
  readonly state: UserState;
  readonly role: WorkspaceRole;
  readonly name: string;
  readonly absent: boolean;
  readonly role_id: string;
  readonly role_name: string;
}

/** The actions of a service that the subject may do: each that a role of theirs names is decided by itself. */
export async function findActionsOf(
  run: RunQuery,
  { userId, workspaceId, granted }: Subject,
  serviceId: string,
): Promise<readonly string[]> {
  if (workspaceId === null) return [];
  const rows = await run<Row>(heldActions, [
    [readableId(userId)],
    [readableId(workspaceId)],
    [readableId(serviceId)],
  ]);
  const allowed = rows.filter(
    ({ state, role, name, absent, role_id, role_name }) =>
      decide(
        {
          person: { id: userId, state },
          membership: { role },
          action: { name, absent },
          roles: [{ id: role_id, name: role_name, group: null }],
          resource: null,
          shares: [],
          granted,
        },
        { kind: 'action', action: name },
      ).allowed,
  );
  return [...new Set(allowed.map(({ name }) => name))];
}
