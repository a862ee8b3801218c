import type {
  ClientAuthMethod,
  ClientOrigin,
  GrantKind,
  PublicKeySet,
  UserState,
  WorkspaceRole,
} from '@castellan/contract';
import type { Pool } from 'pg';
import { grantOfStandingSession } from '../impersonation/standing.ts';

/** One row of the shared question: who asks, and about what. What is not asked is `null`. */
export interface Question {
  readonly keyDigest: Buffer | null;
  readonly grantId: string | null;
  readonly workspaceId: string | null;
  /** The id of an access token, to see whether it was revoked by itself. */
  readonly jti: string | null;
  /** What only OAuth asks. */
  readonly oauth: OAuthQuestion | null;
}

/** The part of a question that sessions and service keys have no use for. */
export interface OAuthQuestion {
  /** The client that asks, by its name on the wire, with the digest of the secret that it sent. */
  readonly clientId: string | null;
  readonly secretDigest: Buffer | null;
  /** A refresh token, instead of `grantId`. */
  readonly refreshDigest: Buffer | null;
  /** The client whose own token it is, where no grant speaks for it. */
  readonly subjectClientId: string | null;
  /** The client that acts for the subject. */
  readonly actorClientId: string | null;
  /** Whether one service may call another, both by name. */
  readonly caller: string | null;
  readonly callee: string | null;
}

/** What one question finds. */
export interface Row {
  readonly key_id: string | null;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly resource_uri: string | null;
  readonly grant_id: string | null;
  readonly kind: GrantKind;
  readonly expires_at: Date;
  readonly ended: boolean;
  readonly scopes: string[] | null;
  readonly grant_service: string | null;
  readonly client_service: string | null;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly is_admin: boolean;
  /** Of a console session: what its owner was granted, each a role, a blank and a service's id or `*`. */
  readonly operator_grants: string[] | null;
  readonly workspace_id: string | null;
  readonly slug: string;
  readonly role: WorkspaceRole;
  readonly revoked: boolean;
  // Of the longer statements only:
  readonly client: string | null;
  readonly client_id: string;
  readonly auth_method: ClientAuthMethod;
  readonly grant_types: string;
  readonly origin: ClientOrigin;
  readonly allowed_scopes: string;
  readonly jwks: PublicKeySet | null;
  readonly jwks_uri: string | null;
  readonly secret_id: string | null;
  readonly grant_client: string | null;
  readonly grant_workspace_id: string | null;
  readonly refresh_used: boolean;
  readonly refresh_payload: Readonly<Record<string, unknown>> | null;
  readonly refresh_created_at: Date | null;
  readonly subject_client_live: boolean;
  readonly actor_client_live: boolean;
  readonly may_call: boolean;
}

/** A grant ends by itself, with the session that it was given in, with its client, and where an operator acts with whatever lets them. */
const ended = `(g.ended_at IS NOT NULL
         OR g.parent_grant_id IS NOT NULL AND EXISTS (SELECT FROM grants p WHERE p.id = g.parent_grant_id AND p.ended_at IS NOT NULL)
         OR g.client_id IS NOT NULL AND EXISTS (SELECT FROM clients e WHERE e.id = g.client_id AND e.ended_at IS NOT NULL)
         OR g.kind = 'impersonation' AND NOT ${grantOfStandingSession}) AS ended`;

/** What the owner of a console session was granted; no other grant asks, and then nothing is looked up. */
const operatorGrants = `CASE WHEN g.kind = 'admin_session' THEN ARRAY(
         SELECT o.role || ' ' || coalesce(o.service_id::text, '*') FROM operator_grants o WHERE o.user_id = g.user_id
       ) END AS operator_grants`;

/** Whose registered client a grant was given to; sign-ins have none, and are not looked up. */
const clientService = `CASE WHEN g.client_id IS NOT NULL THEN (
         SELECT o.name FROM clients e JOIN services o ON o.id = e.service_id WHERE e.id = g.client_id AND e.origin = 'registered') END AS client_service`;

// Arrays are given through sub-queries: a planner that saw their lengths would plan anew for each short batch, which takes
// three times as long as the query itself.
const short = `
SELECT k.id AS key_id, s.id AS service_id, s.name AS service_name, s.resource_uri,
       g.id AS grant_id, g.kind, least(g.expires_at, g.idle_expires_at) AS expires_at, ${ended}, g.scopes,
       gs.name AS grant_service, ${clientService}, u.id AS user_id, u.email, u.name, u.state, u.is_admin, ${operatorGrants},
       w.id AS workspace_id, w.slug, m.role,
       EXISTS (SELECT FROM revoked_tokens r WHERE r.jti = q.jti) AS revoked
FROM unnest((SELECT $1::bytea[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]), (SELECT $4::text[]))
  WITH ORDINALITY AS q (key_digest, grant_id, workspace_id, jti, position)
LEFT JOIN service_keys k ON k.digest = q.key_digest AND k.revoked_at IS NULL
LEFT JOIN services s ON s.id = k.service_id
LEFT JOIN grants g ON g.id = q.grant_id
LEFT JOIN services gs ON gs.id = g.service_id
LEFT JOIN users u ON u.id = g.user_id
LEFT JOIN members m ON m.workspace_id = q.workspace_id AND m.user_id = g.user_id
LEFT JOIN workspaces w ON w.id = m.workspace_id
ORDER BY q.position`;

/**
 * With the client that asks; `full` also with refresh tokens, tokens of services, and chains of actors. Each join that nobody
 * needs is a tenth of the time that such a query takes.
 */
const withClients = (full: boolean): string => `
SELECT k.id AS key_id, s.id AS service_id, s.name AS service_name, s.resource_uri,
       c.id AS client, c.client_id, c.token_endpoint_auth_method AS auth_method, c.origin, c.jwks_uri,
       array_to_string(c.grant_types, ' ') AS grant_types, array_to_string(c.allowed_scopes, ' ') AS allowed_scopes,
       CASE WHEN c.token_endpoint_auth_method = 'private_key_jwt' THEN c.jwks END AS jwks,
       (SELECT cs.id FROM client_secrets cs
        WHERE cs.digest = q.secret_digest AND cs.client_id = c.id AND (cs.expires_at IS NULL OR cs.expires_at > $7)) AS secret_id,
       g.id AS grant_id, g.kind, least(g.expires_at, g.idle_expires_at) AS expires_at, ${ended}, g.scopes,
       gs.name AS grant_service, ${clientService}, u.id AS user_id, u.email, u.name, u.state, u.is_admin, ${operatorGrants},
       w.id AS workspace_id, w.slug, m.role,
       ${
         full
           ? `gc.client_id AS grant_client, g.workspace_id AS grant_workspace_id,
       t.used_at IS NOT NULL AS refresh_used, t.payload AS refresh_payload, t.created_at AS refresh_created_at,
       EXISTS (SELECT FROM clients x WHERE x.client_id = q.subject_client_id AND x.ended_at IS NULL) AS subject_client_live,
       EXISTS (SELECT FROM clients x WHERE x.client_id = q.actor_client_id AND x.ended_at IS NULL) AS actor_client_live,
       CASE WHEN q.caller IS NOT NULL THEN EXISTS (
         SELECT FROM service_calls sc JOIN services s1 ON s1.id = sc.caller_id JOIN services s2 ON s2.id = sc.callee_id
         WHERE s1.name = q.caller AND s2.name = q.callee) END AS may_call,`
           : ''
       }
       EXISTS (SELECT FROM revoked_tokens r WHERE r.jti = q.jti) AS revoked
FROM unnest((SELECT $1::bytea[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]), (SELECT $4::text[]), (SELECT $5::text[]), (SELECT $6::bytea[])
            ${full ? ', (SELECT $8::bytea[]), (SELECT $9::text[]), (SELECT $10::text[]), (SELECT $11::text[]), (SELECT $12::text[])' : ''})
  WITH ORDINALITY AS q (key_digest, grant_id, workspace_id, jti, client_id, secret_digest
            ${full ? ', refresh_digest, subject_client_id, actor_client_id, caller, callee' : ''}, position)
LEFT JOIN service_keys k ON k.digest = q.key_digest AND k.revoked_at IS NULL
LEFT JOIN clients c ON c.client_id = q.client_id AND c.ended_at IS NULL
LEFT JOIN services s ON s.id = coalesce(k.service_id, c.service_id)
${
  full
    ? `LEFT JOIN grant_tokens t ON t.digest = q.refresh_digest
LEFT JOIN grants g ON g.id = coalesce(q.grant_id, t.grant_id)
LEFT JOIN clients gc ON gc.id = g.client_id`
    : 'LEFT JOIN grants g ON g.id = q.grant_id'
}
LEFT JOIN services gs ON gs.id = g.service_id
LEFT JOIN users u ON u.id = g.user_id
LEFT JOIN members m ON m.user_id = g.user_id
  AND m.workspace_id = ${full ? 'coalesce(q.workspace_id, CASE WHEN t.digest IS NOT NULL THEN g.workspace_id END)' : 'q.workspace_id'}
LEFT JOIN workspaces w ON w.id = m.workspace_id
ORDER BY q.position`;

const statements = { clients: withClients(false), full: withClients(true) };

/** Whether a question is about an access token of a person's own, and no more than that. */
const isOrdinary = ({ oauth }: Question): boolean =>
  oauth === null ||
  (oauth.refreshDigest === null &&
    oauth.subjectClientId === null &&
    oauth.actorClientId === null &&
    oauth.caller === null);

/** Answers a batch with one prepared statement: the shortest that has what anybody in it asks. */
export async function askAuthority(pool: Pool, questions: readonly Question[], now: Date): Promise<Row[]> {
  const values: unknown[] = [
    questions.map((question) => question.keyDigest),
    questions.map((question) => question.grantId),
    questions.map((question) => question.workspaceId),
    questions.map((question) => question.jti),
  ];
  if (questions.every((question) => question.oauth === null))
    return (await pool.query<Row>({ name: 'authority', text: short, values })).rows;
  const of = (read: (question: OAuthQuestion) => unknown): unknown[] =>
    questions.map(({ oauth }) => (oauth === null ? null : read(oauth)));
  values.push(
    of((question) => question.clientId),
    of((question) => question.secretDigest),
    now,
  );
  if (questions.every(isOrdinary))
    return (await pool.query<Row>({ name: 'authority for clients', text: statements.clients, values })).rows;
  values.push(
    of((question) => question.refreshDigest),
    of((question) => question.subjectClientId),
    of((question) => question.actorClientId),
    of((question) => question.caller),
    of((question) => question.callee),
  );
  return (await pool.query<Row>({ name: 'authority of tokens', text: statements.full, values })).rows;
}
