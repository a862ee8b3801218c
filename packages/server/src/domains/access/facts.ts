import type { ResourcePermission, UserState, Visibility, WorkspaceRole } from '@castellan/contract';
import type { PreparedQuery } from '../../platform/database/transaction.ts';
import type { AccessPage, ActionQuestion, ResourceQuestion, Subject } from './access.ts';
import type { AccessFacts, HeldRole, HeldShare } from './decide.ts';

/** Runs a prepared query: on the pool for questions, on a transaction for writes. */
export type RunQuery = <Row extends object>(
  query: PreparedQuery,
  values: readonly unknown[],
) => Promise<Row[]>;

/** What is found of one question: its facts, and whether what it names is known at all. */
export interface Found {
  /** Whether the service has such an action, or a resource of such a type. */
  readonly known: boolean;
  /** Whether the service itself is known; read only where it matters. */
  readonly serviceKnown: boolean;
  readonly facts: AccessFacts;
}

// Arrays are given through sub-queries: a planner that saw their lengths would plan anew for each short batch (see
// grants/authority-query.ts). Each fact is a look-up of its own, written so that no plan can turn it around: what somebody
// holds is found from their side, who has few groups and roles, never from that of a resource that is shared with many or an
// action that is in many roles (plans.test.ts).
const actionFacts: PreparedQuery = {
  name: 'facts of actions',
  text: `
SELECT (SELECT u.state FROM users u WHERE u.id = q.user_id) AS state,
       (SELECT m.role FROM members m WHERE m.user_id = q.user_id AND m.workspace_id = q.workspace_id) AS role,
       a.name AS action, a.absent_since IS NOT NULL AS absent,
       CASE WHEN a.id IS NULL THEN EXISTS (SELECT FROM services s WHERE s.id = q.service_id) END AS service_known,
       (SELECT json_agg(json_build_array(
                 held.role_id, (SELECT r.name FROM roles r WHERE r.id = held.role_id),
                 held.group_id, (SELECT g.name FROM groups g WHERE g.id = held.group_id)))
        FROM (
          SELECT rm.role_id, NULL::uuid AS group_id
          FROM role_members rm WHERE rm.user_id = q.user_id AND rm.workspace_id = q.workspace_id
          UNION ALL
          SELECT rg.role_id, gm.group_id
          FROM group_members gm
          CROSS JOIN LATERAL (SELECT i.role_id FROM role_groups i WHERE i.group_id = gm.group_id OFFSET 0) rg
          WHERE gm.user_id = q.user_id AND gm.workspace_id = q.workspace_id
        ) held
        WHERE (SELECT true FROM role_actions ra WHERE ra.role_id = held.role_id AND ra.action_id = a.id)) AS roles
FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]), (SELECT $4::text[]))
  WITH ORDINALITY AS q (user_id, workspace_id, service_id, action, position)
LEFT JOIN service_actions a ON a.service_id = q.service_id AND a.name = q.action
ORDER BY q.position`,
};

const resourceFacts: PreparedQuery = {
  name: 'facts of resources',
  text: `
SELECT (SELECT u.state FROM users u WHERE u.id = q.user_id) AS state,
       (SELECT m.role FROM members m WHERE m.user_id = q.user_id AND m.workspace_id = r.workspace_id) AS role,
       t.id IS NOT NULL AS known, r.id IS NOT NULL AS registered, r.owner_id, r.visibility,
       CASE WHEN t.id IS NULL THEN EXISTS (SELECT FROM services s WHERE s.id = q.service_id) END AS service_known,
       (SELECT s.permission FROM resource_shares s
        WHERE s.resource_id = r.id AND s.user_id = q.user_id AND s.group_id IS NULL) AS own_share,
       (SELECT json_agg(json_build_array(
                 s.permission, gm.group_id, (SELECT g.name FROM groups g WHERE g.id = gm.group_id)))
        FROM group_members gm
        CROSS JOIN LATERAL (
          SELECT i.permission FROM resource_shares i
          WHERE i.resource_id = r.id AND i.user_id IS NULL AND i.group_id = gm.group_id OFFSET 0
        ) s
        WHERE gm.user_id = q.user_id AND gm.workspace_id = r.workspace_id) AS group_shares
FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]), (SELECT $4::text[]), (SELECT $5::text[]))
  WITH ORDINALITY AS q (user_id, workspace_id, service_id, type, key, position)
LEFT JOIN resource_types t ON t.service_id = q.service_id AND t.name = q.type
LEFT JOIN resources r ON r.type_id = t.id AND r.key = q.key AND (q.workspace_id IS NULL OR r.workspace_id = q.workspace_id)
ORDER BY q.position`,
};

interface ActionRow {
  readonly state: UserState | null;
  readonly role: WorkspaceRole | null;
  readonly action: string | null;
  readonly absent: boolean;
  readonly service_known: boolean | null;
  readonly roles: readonly (readonly [string, string, string | null, string | null])[] | null;
}

interface ResourceRow {
  readonly state: UserState | null;
  readonly role: WorkspaceRole | null;
  readonly known: boolean;
  readonly registered: boolean;
  readonly owner_id: string | null;
  readonly visibility: Visibility;
  readonly service_known: boolean | null;
  readonly own_share: ResourcePermission | null;
  readonly group_shares: readonly (readonly [ResourcePermission, string, string])[] | null;
}

/** The facts of questions about actions, by one query, in their order. */
export async function readActionFacts(run: RunQuery, questions: readonly ActionQuestion[]): Promise<Found[]> {
  const rows = await run<ActionRow>(actionFacts, [
    ...subjectColumns(questions),
    questions.map(({ action }) => storable(action)),
  ]);
  return rows.map((row, index) => ({
    known: row.action !== null,
    serviceKnown: row.service_known !== false,
    facts: {
      ...personFacts(row, questions[index]!.subject),
      action: row.action === null ? null : { name: row.action, absent: row.absent },
      roles: (row.roles ?? []).map(heldRole),
      resource: null,
      shares: [],
    },
  }));
}

/** The facts of questions about resources, by one query, in their order. */
export async function readResourceFacts(
  run: RunQuery,
  questions: readonly ResourceQuestion[],
): Promise<Found[]> {
  const rows = await run<ResourceRow>(resourceFacts, [
    ...subjectColumns(questions),
    questions.map(({ type }) => storable(type)),
    questions.map(({ key }) => storable(key)),
  ]);
  return rows.map((row, index) => ({
    known: row.known,
    serviceKnown: row.service_known !== false,
    facts: {
      ...personFacts(row, questions[index]!.subject),
      action: null,
      roles: [],
      resource: row.registered ? { ownerId: row.owner_id, visibility: row.visibility } : null,
      shares: heldShares(row),
    },
  }));
}

function subjectColumns(
  questions: readonly { readonly subject: Subject; readonly serviceId: string }[],
): readonly unknown[] {
  return [
    questions.map(({ subject }) => readableId(subject.userId)),
    questions.map(({ subject }) => (subject.workspaceId === null ? null : readableId(subject.workspaceId))),
    questions.map(({ serviceId }) => readableId(serviceId)),
  ];
}

function personFacts(
  row: Pick<ActionRow, 'state' | 'role'>,
  subject: Subject,
): Pick<AccessFacts, 'person' | 'membership' | 'granted'> {
  return {
    // The database writes ids in small letters.
    person: row.state === null ? null : { id: subject.userId.toLowerCase(), state: row.state },
    membership: row.role === null ? null : { role: row.role },
    granted: subject.granted,
  };
}

function heldRole([id, name, groupId, groupName]: NonNullable<ActionRow['roles']>[number]): HeldRole {
  return { id, name, group: groupId === null ? null : { id: groupId, name: groupName ?? '' } };
}

function heldShares({ own_share, group_shares }: ResourceRow): readonly HeldShare[] {
  const own = own_share === null ? [] : [{ permission: own_share, group: null }];
  if (group_shares === null) return own;
  return [...own, ...group_shares.map(([permission, id, name]) => ({ permission, group: { id, name } }))];
}

const nobody = '00000000-0000-0000-0000-000000000000';
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id that is none belongs to nobody. It must not reach the database, where it would fail the questions of others too. */
export function readableId(id: string): string {
  return uuid.test(id) ? id : nobody;
}

/** Text that no column can hold (NUL, halves of a surrogate pair) names nothing; like an unreadable id, it is not sent. */
export function storable(text: string): string | null {
  return text.includes('\0') || !text.isWellFormed() ? null : text;
}

/** A page of what was found by keyset, where one more than the page holds was asked for. */
export function pageOf(
  found: readonly { readonly id: string; readonly shown: string }[],
  limit: number,
): AccessPage {
  const ids = found.slice(0, limit).map(({ shown }) => shown);
  return found.length > limit ? { ids, next: found[limit - 1]!.id } : { ids };
}
