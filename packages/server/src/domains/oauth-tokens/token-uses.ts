import type { Pool } from 'pg';
import { after, type Clock } from '../../platform/clock.ts';
import { type Batcher, createBatcher } from '../../platform/database/batcher.ts';
import type { PreparedQuery, Transaction } from '../../platform/database/transaction.ts';
import { grantMeetsPolicy } from '../factors/workspace-policy.ts';
import { grantLives } from '../grants/grant-store.ts';

/** A refresh token that is to be written. */
interface NewRefreshToken {
  readonly digest: Buffer;
  /** As JSON. */
  readonly payload: string;
}

/** A code that is to be used up, and the refresh token that it gives, if it gives one. */
export interface CodeUse {
  readonly digest: Buffer;
  readonly refreshToken: NewRefreshToken | null;
}

/** A refresh token that is to be used up, and its successor. */
export interface RefreshUse {
  readonly digest: Buffer;
  readonly grantId: string;
  readonly successor: NewRefreshToken;
}

/**
 * Uses up what tokens are asked for by, and writes what it gives, in one statement: all of it is there, or nothing is.
 * Those that wait at the same moment share one, and each is told for itself; of any number of tries at one code or token,
 * one is told `true` at most. What somebody else holds is passed over, so that nobody waits for a stranger's row: `false`
 * then says that it was not used here.
 */
export interface TokenUses {
  useCode(use: CodeUse): Promise<boolean>;
  useRefreshToken(use: RefreshUse): Promise<boolean>;
  /** The same within a transaction, which its caller rolls back when it was told `false`. */
  useCodeIn(tx: Transaction, use: CodeUse): Promise<boolean>;
  useRefreshTokenIn(tx: Transaction, use: RefreshUse): Promise<boolean>;
}

const useCodes = {
  name: 'use codes',
  text: `
WITH open AS (
  SELECT a.digest, q.refresh_digest, q.position::int AS position
  FROM unnest((SELECT $1::bytea[]), (SELECT $2::bytea[])) WITH ORDINALITY AS q (digest, refresh_digest, position)
  JOIN oauth_artifacts a ON a.digest = q.digest AND a.model = 'AuthorizationCode' AND a.consumed_at IS NULL
  FOR NO KEY UPDATE OF a SKIP LOCKED
), used AS (
  UPDATE oauth_artifacts a SET consumed_at = $4 FROM open WHERE a.digest = open.digest AND a.consumed_at IS NULL
  RETURNING a.grant_id, open.refresh_digest, open.position
), given AS (
  INSERT INTO grant_tokens (digest, grant_id, created_at, payload)
  SELECT refresh_digest, grant_id, $4, $3::jsonb -> (position - 1) FROM used WHERE refresh_digest IS NOT NULL
)
SELECT position FROM used`,
};

/**
 * Whoever ends grants of a person locks the person first, and then these rows: to hold the row of the grant is enough to come
 * before or after them.
 */
const useRefreshTokens = {
  name: 'use refresh tokens',
  text: `
WITH open AS (
  SELECT g.id, q.digest, q.successor, q.position::int AS position
  FROM unnest((SELECT $1::uuid[]), (SELECT $2::bytea[]), (SELECT $3::bytea[]))
    WITH ORDINALITY AS q (grant_id, digest, successor, position)
  JOIN grants g ON g.id = q.grant_id AND g.ended_at IS NULL AND ${grantMeetsPolicy('g')}
  FOR NO KEY UPDATE OF g SKIP LOCKED
), live AS (
  UPDATE grants g SET last_used_at = $5, idle_expires_at = least($6, g.expires_at, $5::timestamptz + (
    SELECT make_interval(secs => p.session_idle_seconds) FROM workspace_policies p WHERE p.workspace_id = g.workspace_id))
  FROM open WHERE g.id = open.id AND g.ended_at IS NULL
  RETURNING g.id, open.digest, open.successor, open.position
), used AS (
  UPDATE grant_tokens t SET used_at = $5 FROM live
  WHERE t.digest = live.digest AND t.grant_id = live.id AND t.used_at IS NULL
  RETURNING live.id, live.digest, live.successor, live.position
), given AS (
  INSERT INTO grant_tokens (digest, grant_id, parent_digest, created_at, payload)
  SELECT successor, id, digest, $5, $4::jsonb -> (position - 1) FROM used
)
SELECT position FROM used`,
};

const codeValues = (uses: readonly CodeUse[], now: Date): unknown[] => [
  uses.map(({ digest }) => digest),
  uses.map(({ refreshToken }) => refreshToken?.digest ?? null),
  `[${uses.map(({ refreshToken }) => refreshToken?.payload ?? 'null').join()}]`,
  now,
];

const refreshValues = (uses: readonly RefreshUse[], now: Date): unknown[] => [
  uses.map(({ grantId }) => grantId),
  uses.map(({ digest }) => digest),
  uses.map(({ successor }) => successor.digest),
  `[${uses.map(({ successor }) => successor.payload).join()}]`,
  now,
  after(now, grantLives.oauth.idleSeconds),
];

/** Makes the writing side of the token endpoint. */
export function createTokenUses(pool: Pool, clock: Clock): TokenUses {
  const codes = sharing<CodeUse>(pool, useCodes, (uses) => codeValues(uses, clock.now()));
  const refreshTokens = sharing<RefreshUse>(pool, useRefreshTokens, (uses) =>
    refreshValues(uses, clock.now()),
  );
  return {
    useCode: (use) => codes.ask(use),
    useRefreshToken: (use) => refreshTokens.ask(use),
    useCodeIn: async (tx, use) => (await tx.query(useCodes, codeValues([use], tx.now))).length === 1,
    useRefreshTokenIn: async (tx, use) =>
      (await tx.query(useRefreshTokens, refreshValues([use], tx.now))).length === 1,
  };
}

const mostTogether = 64;

function sharing<Use>(
  pool: Pool,
  query: PreparedQuery,
  valuesOf: (uses: readonly Use[]) => unknown[],
): Batcher<Use, boolean> {
  return createBatcher({
    size: mostTogether,
    worth: 8,
    async run(uses) {
      const { rows } = await pool.query<{ position: number }>({ ...query, values: valuesOf(uses) });
      const done: boolean[] = new Array(uses.length).fill(false);
      for (const { position } of rows) done[position - 1] = true;
      return done;
    },
  });
}
