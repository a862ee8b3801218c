import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import type pg from 'pg';
import {
  groupOf,
  isVisible,
  membersEach,
  ownerPlace,
  resourceKey,
  resourceType,
  roleAt,
  sharesOf,
  userAt,
  userId,
  type WorldQuestion,
  type WorldSize,
} from './access-world.ts';

/** Answers checks, in their order. */
export type Checker = (questions: readonly WorldQuestion[]) => Promise<readonly boolean[]>;

const plainSql = `
SELECT EXISTS (
  SELECT FROM resource_types t
  JOIN resources r ON r.type_id = t.id AND r.key = $3
  JOIN users u ON u.id = $2 AND u.state = 'active'
  JOIN members m ON m.workspace_id = r.workspace_id AND m.user_id = $2
  WHERE t.service_id = $1 AND t.name = '${resourceType}' AND (
    r.owner_id = $2 OR m.role IN ('admin', 'owner')
    OR r.visibility = 'workspace' AND ($4 = 'view' OR m.role = 'editor')
    OR EXISTS (SELECT FROM resource_shares s WHERE s.resource_id = r.id AND s.user_id = $2 AND ($4 = 'view' OR s.permission = 'edit'))
    OR EXISTS (SELECT FROM resource_shares s JOIN group_members g ON g.group_id = s.group_id AND g.user_id = $2
               WHERE s.resource_id = r.id AND ($4 = 'view' OR s.permission = 'edit')))) AS allowed`;

/** What a careful team would write for itself: one prepared statement for each check, over the same indexes. */
export function sqlChecker(pool: pg.Pool, serviceId: string): Checker {
  return (questions) =>
    Promise.all(
      questions.map(async ({ userId: user, key, right }) => {
        const { rows } = await pool.query<{ allowed: boolean }>({
          name: 'plain check',
          text: plainSql,
          values: [serviceId, user, key, right],
        });
        return rows[0]!.allowed;
      }),
    );
}

const model = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.dom == p.dom && (p.obj == r.obj || p.obj == "*") && (p.act == r.act || p.act == "edit") && g(r.sub, p.sub, r.dom)
`;

/** The same world as casbin's policies and groupings, all in memory. */
export async function casbinChecker(size: WorldSize): Promise<Checker> {
  const lines: string[] = [];
  const domain = (workspace: number): string => `w${workspace}`;
  for (let workspace = 0; workspace < size.workspaces; workspace++) {
    const dom = domain(workspace);
    lines.push(`p, role:admin, ${dom}, *, edit`, `p, role:owner, ${dom}, *, edit`);
    for (let place = 0; place < membersEach; place++) {
      const user = userId(userAt(size, workspace, place));
      lines.push(`g, ${user}, role:${roleAt(place)}, ${dom}`, `g, ${user}, role:member, ${dom}`);
      lines.push(`g, ${user}, group:${groupOf(place)}, ${dom}`);
    }
  }
  for (let resource = 0; resource < size.resources; resource++) {
    const workspace = resource % size.workspaces;
    const dom = domain(workspace);
    const key = resourceKey(resource);
    const at = (place: number): string => userId(userAt(size, workspace, place));
    const { viewer, editor, group } = sharesOf(resource);
    lines.push(`p, ${at(ownerPlace(size, resource))}, ${dom}, ${key}, edit`);
    lines.push(`p, ${at(viewer)}, ${dom}, ${key}, view`, `p, ${at(editor)}, ${dom}, ${key}, edit`);
    lines.push(`p, group:${group}, ${dom}, ${key}, view`);
    if (isVisible(resource))
      lines.push(`p, role:member, ${dom}, ${key}, view`, `p, role:editor, ${dom}, ${key}, edit`);
  }
  const enforcer = await newEnforcer(newModelFromString(model), new StringAdapter(lines.join('\n')));
  return (questions) =>
    Promise.all(
      questions.map(({ userId: user, key, right }) => {
        const workspace = Number(key.slice('doc-'.length)) % size.workspaces;
        return enforcer.enforce(user, domain(workspace), key, right);
      }),
    );
}
