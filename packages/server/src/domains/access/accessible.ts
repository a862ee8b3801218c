import type { UserState, WorkspaceRole } from '@castellan/contract';
import type { PreparedQuery } from '../../platform/database/transaction.ts';
import type { Access, AccessPage } from './access.ts';
import { typeUnknown } from './check.ts';
import { isGranted } from './decide.ts';
import { pageOf, type RunQuery, readableId, storable } from './facts.ts';

type Question = Parameters<Access['accessible']>[0];

// One branch for each way in which `decide` says yes, each read in order from its own index and no further than the page
// goes; what several of them find is one. Written as lateral look-ups, so that no plan reads more (plans.test.ts).
// What a reader may only view lies in another part of the index than what they may edit, so that no branch passes by rows.
const branch = (columns: string, conditions: string): string =>
  `(SELECT ${columns} AS id FROM ${conditions} AND ${columns} > q.after ORDER BY ${columns} LIMIT (SELECT $7::int))`;

const byRole = `x.role IN ('admin', 'owner')`;
const shares = (grantee: string, permission: 'view' | 'edit'): string =>
  branch(
    's.resource_id',
    `resource_shares s WHERE NOT ${byRole} AND ${permission === 'view' ? "q.right = 'view'" : "q.right <> 'manage'"}
         AND ${grantee} AND s.type_id = t.id AND s.permission = '${permission}'`,
  );

const accessibleResources: PreparedQuery = {
  name: 'accessible resources',
  text: `
SELECT u.state, m.role, t.id IS NOT NULL AS known,
       CASE WHEN t.id IS NULL THEN EXISTS (SELECT FROM services s WHERE s.id = q.service_id) END AS service_known,
       page.id, page.key
FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::text[]), (SELECT $4::uuid[]), (SELECT $5::text[]), (SELECT $6::uuid[]), (SELECT $8::boolean[]))
  AS q (user_id, service_id, type, workspace_id, "right", after, enumerate)
LEFT JOIN resource_types t ON t.service_id = q.service_id AND t.name = q.type
LEFT JOIN LATERAL (SELECT i.state FROM users i WHERE i.id = q.user_id OFFSET 0) u ON true
LEFT JOIN LATERAL (
  SELECT i.role FROM members i WHERE i.user_id = q.user_id AND i.workspace_id = q.workspace_id OFFSET 0
) m ON true
LEFT JOIN LATERAL (
  SELECT next.id, (SELECT r.key FROM resources r WHERE r.id = next.id) AS key
  FROM (
    SELECT DISTINCT found.id
    FROM members x
    CROSS JOIN LATERAL (
      ${branch('r.id', `resources r WHERE ${byRole} AND r.workspace_id = x.workspace_id AND r.type_id = t.id`)}
      UNION ALL
      ${branch('r.id', `resources r WHERE NOT ${byRole} AND r.owner_id = q.user_id AND r.workspace_id = x.workspace_id AND r.type_id = t.id`)}
      UNION ALL
      ${branch(
        'r.id',
        `resources r WHERE NOT ${byRole} AND (q.right = 'view' OR q.right = 'edit' AND x.role = 'editor')
         AND r.visibility = 'workspace' AND r.workspace_id = x.workspace_id AND r.type_id = t.id`,
      )}
      UNION ALL
      ${shares('s.user_id = q.user_id AND s.workspace_id = x.workspace_id', 'edit')}
      UNION ALL
      ${shares('s.user_id = q.user_id AND s.workspace_id = x.workspace_id', 'view')}
      UNION ALL
      SELECT through.id
      FROM group_members gm
      CROSS JOIN LATERAL (
        ${shares('s.group_id = gm.group_id', 'edit')}
        UNION ALL
        ${shares('s.group_id = gm.group_id', 'view')}
      ) through
      WHERE gm.user_id = q.user_id AND gm.workspace_id = x.workspace_id
    ) found
    WHERE u.state = 'active' AND (q.enumerate OR coalesce(m.role NOT IN ('admin', 'owner'), true))
      AND x.user_id = q.user_id AND (q.workspace_id IS NULL OR x.workspace_id = q.workspace_id)
    ORDER BY found.id
    LIMIT (SELECT $7::int)
  ) next
) page ON true
ORDER BY page.id`,
};

interface Row {
  readonly state: UserState | null;
  readonly role: WorkspaceRole | null;
  readonly known: boolean;
  readonly service_known: boolean | null;
  readonly id: string | null;
  readonly key: string;
}

/** See {@link Access.accessible}. One query: the page and all that it stands on are of one moment. */
export async function findAccessible(
  run: RunQuery,
  question: Question,
): Promise<AccessPage & { readonly all: boolean }> {
  const { subject, serviceId, type, right, after, limit, enumerate = false } = question;
  const rows = await run<Row>(accessibleResources, [
    [readableId(subject.userId)],
    [readableId(serviceId)],
    [storable(type)],
    [subject.workspaceId === null ? null : readableId(subject.workspaceId)],
    [right],
    [readableId(after ?? '')],
    limit + 1,
    [enumerate],
  ]);
  const [first] = rows;
  if (!first?.known) throw typeUnknown(type, first?.service_known !== false);
  if (!isGranted(subject.granted, { kind: 'resource', type, right })) return { ids: [], all: false };
  const privileged = first.state === 'active' && (first.role === 'admin' || first.role === 'owner');
  if (privileged && !enumerate) return { ids: [], all: true };
  const found = rows.flatMap(({ id, key }) => (id === null ? [] : [{ id, shown: key }]));
  return { ...pageOf(found, limit), all: false };
}
