import type { PreparedQuery } from '../../platform/database/transaction.ts';
import type { Access, AccessPage } from './access.ts';
import { actionUnknown, typeUnknown } from './check.ts';
import { pageOf, type RunQuery, readableId, storable } from './facts.ts';

// As in accessible.ts: one branch for each way to a yes, each read in order from its own index. Whether a person is active is
// a look-up of its own for each, which no plan turns into reading all people.
const people = (from: string, user: string): string =>
  `(SELECT ${user} AS id FROM ${from} AND ${user} > q.after
         AND (SELECT u.state FROM users u WHERE u.id = ${user}) = 'active'
       ORDER BY ${user} LIMIT (SELECT $1::int))`;

const membersOf = (conditions: string): string =>
  people(`members m WHERE ${conditions} AND m.workspace_id = r.workspace_id`, 'm.user_id');
const reaching = `q.right <> 'manage' AND (q.right = 'view' OR s.permission = 'edit')`;

const subjectsOfResource: PreparedQuery = {
  name: 'subjects of a resource',
  text: `
SELECT t.id IS NOT NULL AS known,
       CASE WHEN t.id IS NULL THEN EXISTS (SELECT FROM services s WHERE s.id = q.service_id) END AS service_known, page.id
FROM unnest((SELECT $2::uuid[]), (SELECT $3::text[]), (SELECT $4::text[]), (SELECT $5::text[]), (SELECT $6::uuid[]))
  AS q (service_id, type, key, "right", after)
LEFT JOIN resource_types t ON t.service_id = q.service_id AND t.name = q.type
LEFT JOIN resources r ON r.type_id = t.id AND r.key = q.key
LEFT JOIN LATERAL (
  SELECT DISTINCT found.id
  FROM (
    ${membersOf('m.user_id = r.owner_id')}
    UNION ALL
    ${membersOf("m.role = 'owner'")}
    UNION ALL
    ${membersOf("m.role = 'admin'")}
    UNION ALL
    ${membersOf("m.role = 'editor' AND q.right = 'edit' AND r.visibility = 'workspace'")}
    UNION ALL
    ${membersOf("q.right = 'view' AND r.visibility = 'workspace'")}
    UNION ALL
    ${people(`resource_shares s WHERE s.resource_id = r.id AND s.group_id IS NULL AND ${reaching}`, 's.user_id')}
    UNION ALL
    SELECT through.id
    FROM resource_shares s
    CROSS JOIN LATERAL ${people('group_members gm WHERE gm.group_id = s.group_id', 'gm.user_id')} through
    WHERE s.resource_id = r.id AND s.user_id IS NULL AND ${reaching}
  ) found
  ORDER BY found.id
  LIMIT (SELECT $1::int)
) page ON true
ORDER BY page.id`,
};

const subjectsOfAction: PreparedQuery = {
  name: 'subjects of an action',
  text: `
SELECT a.id IS NOT NULL AS known,
       CASE WHEN a.id IS NULL THEN EXISTS (SELECT FROM services s WHERE s.id = q.service_id) END AS service_known, page.id
FROM unnest((SELECT $2::uuid[]), (SELECT $3::text[]), (SELECT $4::uuid[]), (SELECT $5::uuid[]))
  AS q (service_id, action, workspace_id, after)
LEFT JOIN service_actions a ON a.service_id = q.service_id AND a.name = q.action
LEFT JOIN LATERAL (
  SELECT DISTINCT found.id
  FROM roles r
  CROSS JOIN LATERAL (
    ${people('role_members rm WHERE rm.role_id = r.id', 'rm.user_id')}
    UNION ALL
    SELECT through.id
    FROM role_groups rg
    CROSS JOIN LATERAL ${people('group_members gm WHERE gm.group_id = rg.group_id', 'gm.user_id')} through
    WHERE rg.role_id = r.id
  ) found
  WHERE r.workspace_id = q.workspace_id
    AND (SELECT true FROM role_actions ra WHERE ra.role_id = r.id AND ra.action_id = a.id)
  ORDER BY found.id
  LIMIT (SELECT $1::int)
) page ON a.absent_since IS NULL
ORDER BY page.id`,
};

interface Row {
  readonly known: boolean;
  readonly service_known: boolean | null;
  readonly id: string | null;
}

/** See {@link Access.subjectsOfResource}. */
export async function findSubjectsOfResource(
  run: RunQuery,
  question: Parameters<Access['subjectsOfResource']>[0],
): Promise<AccessPage> {
  const { serviceId, type, key, right, after, limit } = question;
  const rows = await run<Row>(subjectsOfResource, [
    limit + 1,
    [readableId(serviceId)],
    [storable(type)],
    [storable(key)],
    [right],
    [readableId(after ?? '')],
  ]);
  const [first] = rows;
  if (!first?.known) throw typeUnknown(type, first?.service_known !== false);
  return pageOf(peopleOf(rows), limit);
}

/** See {@link Access.subjectsOfAction}. */
export async function findSubjectsOfAction(
  run: RunQuery,
  question: Parameters<Access['subjectsOfAction']>[0],
): Promise<AccessPage> {
  const { serviceId, workspaceId, action, after, limit } = question;
  const rows = await run<Row>(subjectsOfAction, [
    limit + 1,
    [readableId(serviceId)],
    [storable(action)],
    [readableId(workspaceId)],
    [readableId(after ?? '')],
  ]);
  const [first] = rows;
  if (!first?.known) throw actionUnknown(action, first?.service_known !== false);
  return pageOf(peopleOf(rows), limit);
}

function peopleOf(rows: readonly Row[]): { id: string; shown: string }[] {
  return rows.flatMap(({ id }) => (id === null ? [] : [{ id, shown: id }]));
}
