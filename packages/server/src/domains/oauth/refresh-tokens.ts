import { after } from '../../platform/clock.ts';
import { looksLikeToken, newToken, tokenDigest, writeToken } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { grantMeetsPolicy } from '../factors/workspace-policy.ts';
import { grantLives } from '../grants/grant-store.ts';
import { type GrantRow, grantColumns, grantOf, liveGrant, type OAuthGrant } from './oauth-grants.ts';
import { requireScope } from './request-scope.ts';

/** A refresh token that was found, with its grant. */
export interface RefreshToken {
  readonly payload: Record<string, unknown>;
  readonly grant: OAuthGrant;
  /** Whether its successor was used: then it was copied, since its rightful holder has gone on. */
  readonly isSpent: boolean;
}

/**
 * Refresh tokens of OAuth grants: the same rows, prefix and rule as those of `/auth/refresh` (RFC 9700 §4.14). The
 * successor is derived from its parent, so that a client whose answer was lost repeats the call and gets the same
 * successor, until that one is used.
 */
export interface RefreshTokens {
  /** The token that is to be issued: a successor of the one that is being rotated, or the first of its family. */
  next(): string;
  /** A token of a live grant. */
  find(token: string): Promise<RefreshToken | undefined>;
  save(token: string, grantId: string, payload: Record<string, unknown>): Promise<void>;
  /**
   * Begins a rotation, with the person and the grant locked, so that the members of one family come one after another.
   * @returns `ended` when the grant ended meanwhile, `spent` when the token was copied
   */
  rotate(token: string, grant: OAuthGrant): Promise<'rotating' | 'ended' | 'spent'>;
}

interface Row extends GrantRow {
  readonly payload: Record<string, unknown> | null;
  readonly used_at: Date | null;
  readonly successor_used_at: Date | null;
}

const findQuery = {
  name: 'oauth refresh token',
  text: `
SELECT t.payload, t.used_at, n.used_at AS successor_used_at, ${grantColumns}
FROM grant_tokens t LEFT JOIN grant_tokens n ON n.parent_digest = t.digest
JOIN ${liveGrant('$2')} AND g.id = t.grant_id
WHERE t.digest = $1`,
};

const lockPersonQuery = {
  name: 'share person',
  text: `SELECT 1 AS one FROM users WHERE id = $1 AND state = 'active' FOR SHARE`,
};

const lockGrantQuery = {
  name: 'use oauth grant',
  text: `
UPDATE grants g SET last_used_at = $2, idle_expires_at = least($3, g.expires_at, $2::timestamptz + (
  SELECT make_interval(secs => p.session_idle_seconds) FROM workspace_policies p WHERE p.workspace_id = g.workspace_id))
WHERE g.id = $1 AND g.ended_at IS NULL AND ${grantMeetsPolicy('g')} RETURNING 1 AS one`,
};

const markQuery = {
  name: 'mark refresh token',
  text: 'UPDATE grant_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL RETURNING 1 AS one',
};

const successorQuery = {
  name: 'successor of refresh token',
  text: 'SELECT 1 AS one FROM grant_tokens WHERE parent_digest = $1 AND used_at IS NOT NULL',
};

const saveQuery = {
  name: 'save refresh token',
  text: `
INSERT INTO grant_tokens (digest, grant_id, parent_digest, created_at, payload) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (digest) DO NOTHING`,
};

/** Makes the store of refresh tokens; it works in the scope of the current request. */
export function createRefreshTokens(vault: Vault): RefreshTokens {
  return {
    next() {
      const parent = requireScope().rotatedToken;
      return parent === undefined
        ? newToken('crt_')
        : writeToken('crt_', vault.derive('refresh-successors', parent));
    },
    async find(token) {
      if (!looksLikeToken('crt_', token)) return undefined;
      const scope = requireScope();
      if (scope.refreshToken?.value === token) return scope.refreshToken.found;
      const [row] = await scope.query<Row>(findQuery, [tokenDigest(token), scope.now]);
      const grant = row && grantOf(row);
      if (!grant || !row.payload) return undefined;
      scope.grants.set(grant.id, grant);
      const isSpent = row.used_at !== null && row.successor_used_at !== null;
      scope.refreshToken = { value: token, found: { payload: row.payload, grant, isSpent } };
      return scope.refreshToken.found;
    },
    async save(token, grantId, payload) {
      const scope = requireScope();
      const tx = await scope.transaction();
      const parent = scope.rotatedToken === undefined ? null : tokenDigest(scope.rotatedToken);
      tx.last(saveQuery, [tokenDigest(token), grantId, parent, tx.now, payload]);
    },
    async rotate(token, grant) {
      const scope = requireScope();
      const tx = await scope.transaction();
      const digest = tokenDigest(token);
      // Sent together; the person comes first, as wherever grants of a person are ended.
      const [person, live, marked, successor] = await Promise.all([
        tx.query(lockPersonQuery, [grant.userId]),
        tx.query(lockGrantQuery, [grant.id, tx.now, after(tx.now, grantLives.oauth.idleSeconds)]),
        tx.query(markQuery, [digest, tx.now]),
        tx.query(successorQuery, [digest]),
      ]);
      if (person.length === 0 || live.length === 0) return 'ended';
      if (marked.length === 0 && successor.length > 0) return 'spent';
      scope.rotatedToken = token;
      return 'rotating';
    },
  };
}
