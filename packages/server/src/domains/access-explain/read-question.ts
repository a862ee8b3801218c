import type { accessExplain, ResourceRight, RouteBody, UserState } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Subject } from '../access/access.ts';
import { actionUnknown, typeUnknown } from '../access/check.ts';
import type { AccessFacts, AccessRequest } from '../access/decide.ts';
import { readActionFacts, readResourceFacts, storable } from '../access/facts.ts';
import type { Snapshot } from './snapshot.ts';

type AskedQuestion = RouteBody<typeof accessExplain>;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A question with the names of all that it is about, the facts of its answer, and where changes could be made. */
export interface Question {
  readonly person: Named & { readonly state: UserState; readonly canSignIn: boolean };
  readonly service: Named;
  readonly request: AccessRequest;
  readonly facts: AccessFacts;
  /** Where it would happen: the workspace asked about, or that of the resource, or one in which it could be registered. */
  readonly workspace: Named | null;
  /** Of a question about an action. */
  readonly action: Named | null;
  /** Of a question about a resource; without an id it is not registered. */
  readonly resource: AskedResource | null;
}

/** A resource that was asked about, registered or not. */
export interface AskedResource {
  readonly id: string | null;
  readonly key: string;
  readonly type: string;
  /** It is registered in another workspace than the one that was asked about. */
  readonly elsewhere: boolean;
}

/**
 * Reads everything that an explanation needs, from one moment.
 * @throws Refusal `not_found` (the person, the workspace), `service_unknown`, `action_unknown`, `resource_type_unknown`,
 * `validation_failed` when the question is neither one about an action nor one about a resource
 */
export async function readQuestion(snapshot: Snapshot, asked: AskedQuestion): Promise<Question> {
  const kind = readKind(asked);
  const { person, service, workspace } = await readNames(snapshot.db, asked);
  const subject: Subject = {
    userId: person.id,
    workspaceId: workspace?.id ?? null,
    granted: asked.grantedActions ? new Set(asked.grantedActions) : null,
  };
  if ('action' in kind) {
    const question = { subject, serviceId: service.id, action: kind.action };
    const [found] = await readActionFacts(snapshot.run, [question]);
    if (!found?.known) throw actionUnknown(kind.action, true);
    const action = await readAction(snapshot.db, service.id, kind.action);
    const request = { kind: 'action', action: kind.action } as const;
    return { person, service, request, facts: found.facts, workspace, action, resource: null };
  }
  const { type, key, right } = kind;
  const [found] = await readResourceFacts(snapshot.run, [
    { subject, serviceId: service.id, type, key, right },
  ]);
  if (!found?.known) throw typeUnknown(type, true);
  const place = await readPlace(snapshot.db, { service, person, workspace, type, key });
  const isRegistered = found.facts.resource !== null;
  // Not registered, a resource is in no workspace; what counts is the one in which it would be.
  const facts = isRegistered ? found.facts : { ...found.facts, membership: place.membership };
  const elsewhere = !isRegistered && place.resourceId !== null;
  return {
    person,
    service,
    request: { kind: 'resource', type, right },
    facts,
    workspace: place.workspace ?? workspace,
    action: null,
    resource: { id: isRegistered ? place.resourceId : null, key, type, elsewhere },
  };
}

type Kind =
  | { readonly action: string }
  | { readonly type: string; readonly key: string; readonly right: ResourceRight };

function readKind({ action, workspaceId, type, resourceId, permission }: AskedQuestion): Kind {
  const fields: { field: string; message: string }[] = [];
  const need = (field: string, message: string): void => {
    fields.push({ field, message });
  };
  if (action !== undefined) {
    for (const [field, value] of Object.entries({ type, resource_id: resourceId, permission }))
      if (value !== undefined)
        need(field, 'leave it out of a question about an action, or leave out the action');
    if (workspaceId === undefined) need('workspace_id', 'say in which workspace the action would be done');
    if (fields.length === 0) return { action };
  } else {
    if (type === undefined && resourceId === undefined && permission === undefined)
      need('action', 'name an action, or a resource by type, resource_id and permission');
    else {
      if (type === undefined) need('type', 'say of which type the resource is');
      if (resourceId === undefined) need('resource_id', 'say which resource: by the id that the service has');
      if (permission === undefined) need('permission', 'say what for: view, edit or manage');
    }
    if (type !== undefined && resourceId !== undefined && permission !== undefined)
      return { type, key: resourceId, right: permission };
  }
  throw new Refusal('validation_failed', { fields });
}

async function readNames(
  db: Queryable,
  { userId, service, workspaceId }: AskedQuestion,
): Promise<Pick<Question, 'person' | 'service' | 'workspace'>> {
  const [row] = await rowsOf<{
    person_id: string | null;
    person: string;
    state: UserState;
    can_sign_in: boolean;
    service_id: string | null;
    service: string;
    workspace_id: string | null;
    workspace: string;
  }>(
    db,
    sql`SELECT u.id AS person_id, u.name AS person, u.state, s.id AS service_id, s.name AS service,
               w.id AS workspace_id, w.name AS workspace,
               u.password_hash IS NOT NULL OR EXISTS (SELECT FROM identities i WHERE i.user_id = u.id)
                 OR EXISTS (SELECT FROM passkeys k WHERE k.user_id = u.id) AS can_sign_in
        FROM (SELECT) one
        LEFT JOIN users u ON u.id = ${userId}
        LEFT JOIN services s ON s.name = ${storable(service)}
        LEFT JOIN workspaces w ON w.id = ${workspaceId ?? null}`,
  );
  if (!row || row.person_id === null)
    throw new Refusal('not_found', { detail: 'There is no person with this user_id.' });
  if (row.service_id === null)
    throw new Refusal('service_unknown', { detail: `No service “${service}” is registered.` });
  if (workspaceId !== undefined && row.workspace_id === null)
    throw new Refusal('not_found', { detail: 'There is no workspace with this workspace_id.' });
  return {
    person: { id: row.person_id, name: row.person, state: row.state, canSignIn: row.can_sign_in },
    service: { id: row.service_id, name: row.service },
    workspace: row.workspace_id === null ? null : { id: row.workspace_id, name: row.workspace },
  };
}

async function readAction(db: Queryable, serviceId: string, name: string): Promise<Named> {
  const [action] = await rowsOf<Named>(
    db,
    sql`SELECT id, name FROM service_actions WHERE service_id = ${serviceId} AND name = ${name}`,
  );
  return action!;
}

/**
 * Where a resource is. Of one that is not registered: where it could be for this person, which is the workspace asked
 * about, or else the first of theirs.
 */
async function readPlace(
  db: Queryable,
  asked: {
    readonly service: Named;
    readonly person: Named;
    readonly workspace: Named | null;
    readonly type: string;
    readonly key: string;
  },
): Promise<{
  readonly resourceId: string | null;
  readonly workspace: Named | null;
  readonly membership: AccessFacts['membership'];
}> {
  const [resource] = await rowsOf<{ id: string; workspace_id: string; workspace: string }>(
    db,
    sql`SELECT r.id, w.id AS workspace_id, w.name AS workspace
        FROM resources r JOIN resource_types t ON t.id = r.type_id JOIN workspaces w ON w.id = r.workspace_id
        WHERE t.service_id = ${asked.service.id} AND t.name = ${asked.type} AND r.key = ${storable(asked.key)}`,
  );
  if (resource)
    return {
      resourceId: resource.id,
      workspace: { id: resource.workspace_id, name: resource.workspace },
      membership: null,
    };
  const [home] = await rowsOf<Named & { role: NonNullable<AccessFacts['membership']>['role'] }>(
    db,
    sql`SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.user_id = ${asked.person.id} AND ${asked.workspace ? sql`w.id = ${asked.workspace.id}` : sql`true`}
        ORDER BY w.name_key, w.id LIMIT 1`,
  );
  return {
    resourceId: null,
    workspace: home ? { id: home.id, name: home.name } : asked.workspace,
    membership: home ? { role: home.role } : null,
  };
}
