import type {
  ClientAuthMethod,
  ClientOrigin,
  GrantKind,
  PublicKeySet,
  SignatureAlgorithm,
  UserState,
  WorkspaceRole,
} from '@castellan/contract';
import type { Pool } from 'pg';
import { grantOfStandingSession } from '../impersonation/standing.ts';

/** Who asks: what they are known by is looked up once for all that ask with it at the same moment. */
export interface CallerQuestion {
  /** Of a service key. */
  readonly keyDigest: Buffer | null;
  /** A client by its name on the wire, with the digest of the secret that it sent. */
  readonly clientId: string | null;
  readonly secretDigest: Buffer | null;
}

/** About what they ask. What is not asked is `null`. */
export interface TokenQuestion {
  readonly grantId: string | null;
  readonly workspaceId: string | null;
  /** The id of an access token, to see whether it was revoked by itself. */
  readonly jti: string | null;
  /** Whether an operator stands behind the grant, by themselves or as a person; the grant is told as ended where that was not said. */
  readonly operator: boolean;
  /** What is seldom asked. */
  readonly rare: RareQuestion | null;
}

/** The part of a question that an access token of a person's own has no use for. */
export interface RareQuestion {
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

/** One question of those that travel together. */
export interface Question {
  readonly caller: CallerQuestion | null;
  readonly token: TokenQuestion | null;
}

/** What is found of a caller. */
export interface CallerRow {
  readonly key_id: string | null;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly resource_uri: string | null;
  // Where a client was asked about:
  readonly client?: string | null;
  readonly client_id: string;
  readonly auth_method: ClientAuthMethod;
  readonly grant_types: string;
  readonly origin: ClientOrigin;
  readonly allowed_scopes: string;
  readonly jwks: PublicKeySet | null;
  readonly jwks_uri: string | null;
  readonly access_token_algorithm: SignatureAlgorithm;
  readonly secret_id: string | null;
  readonly secret_expires_at: Date | null;
}

/** What is found of a token. */
export interface TokenRow {
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
  readonly workspace_id: string | null;
  readonly slug: string;
  readonly role: WorkspaceRole;
  readonly revoked: boolean;
  /** The session that it was given in, and the client that it was given to. */
  readonly parent_id: string | null;
  readonly given_to: string | null;
  /** Of a console session: what its owner was granted, each a role, a blank and a service's id or `*`. */
  readonly operator_grants?: string[] | null;
  // Where something rare was asked:
  readonly grant_client?: string | null;
  readonly grant_workspace_id: string | null;
  readonly refresh_used: boolean;
  readonly refresh_payload: Readonly<Record<string, unknown>> | null;
  readonly refresh_created_at?: Date | null;
  readonly subject_client_live?: boolean;
  readonly actor_client_live?: boolean;
  readonly may_call?: boolean | null;
}

/** What one question finds. */
export interface Answer {
  readonly caller: CallerRow | undefined;
  readonly token: TokenRow | undefined;
}

/** A grant ends by itself, with the session that it was given in, and with its client. */
const ended = `g.ended_at IS NOT NULL
         OR g.parent_grant_id IS NOT NULL AND EXISTS (SELECT FROM grants p WHERE p.id = g.parent_grant_id AND p.ended_at IS NOT NULL)
         OR g.client_id IS NOT NULL AND EXISTS (SELECT FROM clients e WHERE e.id = g.client_id AND e.ended_at IS NOT NULL)`;

/** What the owner of a console session was granted; no other grant asks, and then nothing is looked up. */
const operatorGrants = `CASE WHEN g.kind = 'admin_session' THEN ARRAY(
         SELECT o.role || ' ' || coalesce(o.service_id::text, '*') FROM operator_grants o WHERE o.user_id = g.user_id
       ) END AS operator_grants`;

/** Whose registered client a grant was given to; sign-ins have none, and are not looked up. */
const clientService = `CASE WHEN g.client_id IS NOT NULL THEN (
         SELECT o.name FROM clients e JOIN services o ON o.id = e.service_id WHERE e.id = g.client_id AND e.origin = 'registered') END AS client_service`;

/** Which parts of the statement are wanted: each that nobody needs is time of every query all the same, also where no row has use for it. */
interface Parts {
  readonly clients: boolean;
  /** Whether operators stand behind grants. */
  readonly operators: boolean;
  readonly rare: boolean;
}

// Arrays are given through sub-queries: a planner that saw their lengths would plan anew for each short batch, which takes
// three times as long as the query itself.
function statementOf({ clients, operators, rare }: Parts): string {
  const columns = ['key_digest bytea', 'grant_id uuid', 'workspace_id uuid', 'jti text'];
  if (clients) columns.push('client_id text', 'secret_digest bytea');
  if (rare)
    columns.push(
      'refresh_digest bytea',
      'subject_client_id text',
      'actor_client_id text',
      'caller text',
      'callee text',
    );
  const now = `$${columns.length + 1}`;
  const arrays = columns.map((column, index) => `(SELECT $${index + 1}::${column.split(' ')[1]}[])`);
  const names = columns.map((column) => column.split(' ')[0]);
  return `
SELECT k.id AS key_id, s.id AS service_id, s.name AS service_name, s.resource_uri,
       ${
         clients
           ? `c.id AS client, c.client_id, c.token_endpoint_auth_method AS auth_method, c.origin, c.jwks_uri,
       c.access_token_signed_response_alg AS access_token_algorithm,
       array_to_string(c.grant_types, ' ') AS grant_types, array_to_string(c.allowed_scopes, ' ') AS allowed_scopes,
       CASE WHEN c.token_endpoint_auth_method = 'private_key_jwt' THEN c.jwks END AS jwks,
       (SELECT cs.id FROM client_secrets cs
        WHERE cs.digest = q.secret_digest AND cs.client_id = c.id AND (cs.expires_at IS NULL OR cs.expires_at > ${now})) AS secret_id,
       (SELECT cs.expires_at FROM client_secrets cs WHERE cs.digest = q.secret_digest AND cs.client_id = c.id) AS secret_expires_at,`
           : ''
       }
       g.id AS grant_id, g.kind, least(g.expires_at, g.idle_expires_at) AS expires_at, g.scopes,
       g.parent_grant_id AS parent_id, g.client_id AS given_to,
       (${ended} OR ${operators ? `g.kind = 'impersonation' AND NOT ${grantOfStandingSession}` : "g.kind IN ('impersonation', 'admin_session')"}) AS ended,
       gs.name AS grant_service, ${clientService}, u.id AS user_id, u.email, u.name, u.state, u.is_admin,
       ${operators ? `${operatorGrants},` : ''}
       w.id AS workspace_id, w.slug, m.role,
       ${
         rare
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
FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS q (${names.join(', ')}, position)
LEFT JOIN service_keys k ON k.digest = q.key_digest AND k.revoked_at IS NULL
${clients ? 'LEFT JOIN clients c ON c.client_id = q.client_id AND c.ended_at IS NULL' : ''}
LEFT JOIN services s ON s.id = ${clients ? 'coalesce(k.service_id, c.service_id)' : 'k.service_id'}
${
  rare
    ? `LEFT JOIN grant_tokens t ON t.digest = q.refresh_digest
LEFT JOIN grants g ON g.id = coalesce(q.grant_id, t.grant_id)
LEFT JOIN clients gc ON gc.id = g.client_id`
    : 'LEFT JOIN grants g ON g.id = q.grant_id'
}
LEFT JOIN services gs ON gs.id = g.service_id
LEFT JOIN users u ON u.id = g.user_id
LEFT JOIN members m ON m.user_id = g.user_id
  AND m.workspace_id = ${rare ? 'coalesce(q.workspace_id, CASE WHEN t.digest IS NOT NULL THEN g.workspace_id END)' : 'q.workspace_id'}
LEFT JOIN workspaces w ON w.id = m.workspace_id
ORDER BY q.position`;
}

const withName = (name: string, parts: Parts) => ({ name, text: statementOf(parts) });
const statements = {
  // What most calls of services begin with: a key, and nothing else.
  keys: {
    name: 'authority of keys',
    text: `
SELECT k.id AS key_id, s.id AS service_id, s.name AS service_name, s.resource_uri
FROM unnest((SELECT $1::bytea[])) WITH ORDINALITY AS q (key_digest, position)
LEFT JOIN service_keys k ON k.digest = q.key_digest AND k.revoked_at IS NULL
LEFT JOIN services s ON s.id = k.service_id
ORDER BY q.position`,
  },
  ordinary: withName('authority', { clients: false, operators: false, rare: false }),
  operators: withName('authority of operators', { clients: false, operators: true, rare: false }),
  clients: withName('authority for clients', { clients: true, operators: false, rare: false }),
  whole: withName('authority of anything', { clients: true, operators: true, rare: true }),
};

/**
 * Answers a batch with one prepared statement: the shortest that has what anybody in it asks. Callers and tokens are looked up
 * side by side, in as many rows as there are of the one or the other; what several ask at the same moment, once for all of them.
 */
export async function askAuthority(pool: Pool, questions: readonly Question[], now: Date): Promise<Answer[]> {
  const callers = distinct(questions, ({ caller }) => caller, nameOfCaller);
  const tokens = distinct(questions, ({ token }) => token, nameOfToken);
  const rows = await readRows(pool, callers.asked, tokens.asked, now);
  return questions.map((_, index) => ({
    caller: rows[callers.places[index]!],
    token: rows[tokens.places[index]!],
  }));
}

/** What tells one caller from another. */
export const nameOfCaller = ({ keyDigest, secretDigest, clientId }: CallerQuestion): string =>
  `${keyDigest?.toString('latin1')} ${secretDigest?.toString('latin1')} ${clientId}`;

/** What tells one question about a token from another; what is seldom asked is not compared. */
export const nameOfToken = ({
  grantId,
  workspaceId,
  jti,
  operator,
  rare,
}: TokenQuestion): string | undefined =>
  rare === null ? `${grantId} ${workspaceId} ${operator} ${jti}` : undefined;

/** What is asked, each once, and the place in it of what each question asks; -1 for nothing. */
function distinct<Of>(
  questions: readonly Question[],
  read: (question: Question) => Of | null,
  nameOf: (of: Of) => string | undefined,
): { readonly asked: readonly Of[]; readonly places: readonly number[] } {
  const asked: Of[] = [];
  const known = new Map<string, number>();
  const places = questions.map((question) => {
    const of = read(question);
    if (of === null) return -1;
    const name = nameOf(of);
    const found = name === undefined ? undefined : known.get(name);
    if (found !== undefined) return found;
    if (name !== undefined) known.set(name, asked.length);
    return asked.push(of) - 1;
  });
  return { asked, places };
}

async function readRows(
  pool: Pool,
  callers: readonly CallerQuestion[],
  tokens: readonly TokenQuestion[],
  now: Date,
): Promise<(CallerRow & TokenRow)[]> {
  const rare = tokens.some((token) => token.rare !== null);
  const operators = tokens.some((token) => token.operator);
  const clients = callers.some(({ clientId }) => clientId !== null);
  const length = Math.max(callers.length, tokens.length);
  const ofCallers = (read: (caller: CallerQuestion) => unknown): unknown[] => column(callers, read, length);
  const ofTokens = (read: (token: TokenQuestion) => unknown): unknown[] => column(tokens, read, length);
  const values: unknown[] = [ofCallers(({ keyDigest }) => keyDigest)];
  if (tokens.length === 0 && !clients)
    return (await pool.query<CallerRow & TokenRow>({ ...statements.keys, values })).rows;
  values.push(
    ofTokens(({ grantId }) => grantId),
    ofTokens(({ workspaceId }) => workspaceId),
    ofTokens(({ jti }) => jti),
  );
  const whole = rare || (operators && clients);
  if (clients || whole)
    values.push(
      ofCallers(({ clientId }) => clientId),
      ofCallers(({ secretDigest }) => secretDigest),
    );
  if (whole)
    values.push(
      ofTokens((token) => token.rare?.refreshDigest),
      ofTokens((token) => token.rare?.subjectClientId),
      ofTokens((token) => token.rare?.actorClientId),
      ofTokens((token) => token.rare?.caller),
      ofTokens((token) => token.rare?.callee),
    );
  if (clients || whole) values.push(now);
  const statement = whole
    ? statements.whole
    : clients
      ? statements.clients
      : operators
        ? statements.operators
        : statements.ordinary;
  return (await pool.query<CallerRow & TokenRow>({ ...statement, values })).rows;
}

function column<Of>(of: readonly Of[], read: (one: Of) => unknown, length: number): unknown[] {
  const values: unknown[] = new Array(length).fill(null);
  for (const [index, one] of of.entries()) values[index] = read(one) ?? null;
  return values;
}
