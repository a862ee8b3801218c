import type { GrantEnding, SignatureAlgorithm } from '@castellan/contract';
import { after } from '../../platform/clock.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { endGrants, grantLives } from '../grants/grant-store.ts';

/** What a person allowed a client, as it is at this moment, with who they are. */
export interface OAuthGrant {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
  readonly userUpdatedAt: Date;
  /** The row of the client, and what it is called on the wire. */
  readonly clientRowId: string;
  readonly clientId: string;
  readonly clientName: string;
  /** What its access tokens are signed with. */
  readonly accessTokenAlgorithm: SignatureAlgorithm;
  /** The service that its access tokens are for; `null` when they are for the platform's userinfo alone. */
  readonly service: {
    readonly id: string;
    readonly name: string;
    readonly resourceUri: string | null;
  } | null;
  readonly scopes: readonly string[];
  readonly workspace: { readonly id: string; readonly role: string } | null;
  readonly amr: readonly string[];
  readonly authTime: Date | null;
  readonly createdAt: Date;
  /** Whichever comes first: seven days without use, or thirty days. */
  readonly expiresAt: Date;
}

/** What {@link beginOAuthGrant} writes. */
export interface NewOAuthGrant
  extends Omit<OAuthGrant, 'workspace' | 'createdAt' | 'expiresAt' | 'accessTokenAlgorithm'> {
  readonly workspaceId: string | null;
  /** The browser session that it is begun in: how the person signed in is kept with the grant. */
  readonly signInGrantId: string;
  /** The browser session that it ends with, or `null` to outlive it. */
  readonly parentGrantId: string | null;
}

/** Columns and joins of a grant with its person, client and service: every look-up of an artifact has them. */
export const grantColumns = `
g.id AS grant_id, g.user_id, u.email, u.name, u.email_verified_at IS NOT NULL AS email_verified, u.updated_at AS user_updated_at,
c.id AS client_row_id, c.client_id, c.name AS client_name, c.access_token_signed_response_alg AS access_token_algorithm,
s.id AS service_id, s.name AS service_name, s.resource_uri, g.scopes, m.workspace_id, m.role AS workspace_role, g.amr, g.auth_time, g.created_at AS grant_created_at, least(g.expires_at, g.idle_expires_at) AS grant_expires_at`;

/**
 * Joined by `g.id`; a grant that ended or ran out, of a person who is not active, or of an ended client is not found.
 * @param grants where grants are taken from, named `g`
 */
export const liveGrant = (now: string, grants = 'grants g') => `(
  ${grants} JOIN users u ON u.id = g.user_id AND u.state = 'active' JOIN clients c ON c.id = g.client_id AND c.ended_at IS NULL
  LEFT JOIN services s ON s.id = g.service_id
  LEFT JOIN members m ON m.workspace_id = g.workspace_id AND m.user_id = g.user_id
  LEFT JOIN grants p ON p.id = g.parent_grant_id
) ON g.kind = 'oauth' AND g.ended_at IS NULL AND g.expires_at > ${now} AND g.idle_expires_at > ${now}
  AND p.ended_at IS NULL AND (g.workspace_id IS NULL OR m.workspace_id IS NOT NULL)`;

/** What the columns hold. */
export interface GrantRow {
  readonly grant_id: string | null;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly email_verified: boolean;
  readonly user_updated_at: Date;
  readonly client_row_id: string;
  readonly client_id: string;
  readonly client_name: string;
  readonly access_token_algorithm: SignatureAlgorithm;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly resource_uri: string | null;
  readonly scopes: string[];
  readonly workspace_id: string | null;
  readonly workspace_role: string;
  readonly amr: string[] | null;
  readonly auth_time: Date | null;
  readonly grant_created_at: Date;
  readonly grant_expires_at: Date;
}

/** The grant of a row, or `undefined` where none is live. */
export function grantOf(row: GrantRow): OAuthGrant | undefined {
  if (row.grant_id === null) return undefined;
  return {
    id: row.grant_id,
    userId: row.user_id,
    email: row.email,
    name: row.name,
    emailVerified: row.email_verified,
    userUpdatedAt: row.user_updated_at,
    clientRowId: row.client_row_id,
    clientId: row.client_id,
    clientName: row.client_name,
    accessTokenAlgorithm: row.access_token_algorithm,
    service:
      row.service_id === null
        ? null
        : { id: row.service_id, name: row.service_name, resourceUri: row.resource_uri },
    scopes: row.scopes,
    workspace: row.workspace_id === null ? null : { id: row.workspace_id, role: row.workspace_role },
    amr: row.amr ?? [],
    authTime: row.auth_time,
    createdAt: row.grant_created_at,
    expiresAt: row.grant_expires_at,
  };
}

/** Reads one live grant by its id. */
export const grantQuery = {
  name: 'oauth grant',
  text: `SELECT ${grantColumns} FROM (SELECT $1::uuid AS id) AS q LEFT JOIN ${liveGrant('$2')} AND g.id = q.id`,
};

const beginQuery = {
  name: 'begin oauth grant',
  text: `
INSERT INTO grants (id, kind, user_id, client_id, service_id, workspace_id, scopes, amr, auth_time, parent_grant_id, created_at, last_used_at,
                    idle_expires_at, expires_at, address, user_agent, sign_in_method)
SELECT $1, 'oauth', $2, $3, $4, m.workspace_id, $6, $7, $8, $9, $10, $10,
       least($11, $10::timestamptz + make_interval(secs => wp.session_idle_seconds)),
       least($12, p.expires_at, coalesce(b.signed_in_at, b.created_at) + make_interval(secs => wp.session_absolute_seconds)), $13, $14, b.sign_in_method
FROM (SELECT 1) AS one LEFT JOIN members m ON m.workspace_id = $5 AND m.user_id = $2 LEFT JOIN grants p ON p.id = $9
JOIN grants b ON b.id = $15 AND b.ended_at IS NULL JOIN users u ON u.id = $2 AND u.state = 'active'
LEFT JOIN workspace_policies wp ON wp.workspace_id = m.workspace_id
RETURNING 1 AS one`,
};

/** Waits for whoever ends what the person has, so that {@link beginQuery} sees what became of the sign-in. */
const holdPersonQuery = {
  name: 'hold person of grant',
  text: 'SELECT 1 AS one FROM users WHERE id = $1 FOR KEY SHARE',
};

/**
 * Writes a new grant. Every sign-in and every device has its own, so that what ends one does not end another. In a
 * workspace that the person is not in, it is for none.
 * @returns whether it was written: not when the sign-in that it is given in ended meanwhile, by a new password for one
 */
export async function beginOAuthGrant(
  tx: Transaction,
  grant: NewOAuthGrant,
  userAgent: string | null,
): Promise<boolean> {
  const { idleSeconds, absoluteSeconds } = grantLives.oauth;
  const holding = tx.query(holdPersonQuery, [grant.userId]);
  const writing = tx.query(beginQuery, [
    grant.id,
    grant.userId,
    grant.clientRowId,
    grant.service?.id ?? null,
    grant.workspaceId,
    grant.scopes,
    grant.amr,
    grant.authTime,
    grant.parentGrantId,
    tx.now,
    after(tx.now, idleSeconds),
    after(tx.now, absoluteSeconds),
    tx.origin.address,
    userAgent,
    grant.signInGrantId,
  ]);
  const [, written] = await Promise.all([holding, writing]);
  if (written.length === 0) return false;
  tx.record({
    action: 'oauth_grant_given',
    actors: [{ kind: 'user', id: grant.userId, label: grant.name }],
    target: { kind: 'client', id: grant.clientRowId, label: grant.clientName },
    service: grant.service?.name,
    detail: { session_id: grant.id, scopes: grant.scopes },
  });
  return true;
}

/** Ends one grant and tells why; nothing happens to one that had ended. */
export async function endOAuthGrant(
  tx: Transaction,
  grant: Pick<OAuthGrant, 'id' | 'userId' | 'name' | 'clientRowId' | 'clientName' | 'service'>,
  reason: GrantEnding,
): Promise<void> {
  if ((await endGrants(tx, { grantId: grant.id }, reason)) === 0) return;
  const person = { kind: 'user' as const, id: grant.userId, label: grant.name };
  const service = grant.service?.name;
  if (reason === 'code_replayed' || reason === 'refresh_reuse')
    tx.record({
      action: reason === 'code_replayed' ? 'oauth_code_replayed' : 'refresh_reuse_detected',
      actors: [person],
      target: person,
      service,
      detail: { session_id: grant.id, client: grant.clientName },
    });
  tx.record({
    action: 'oauth_grant_ended',
    actors: [person],
    target: { kind: 'client', id: grant.clientRowId, label: grant.clientName },
    service,
    detail: { session_id: grant.id, reason },
  });
}
