import { hash } from 'node:crypto';
import { after } from '../../platform/clock.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { type GrantRow, grantColumns, grantOf, liveGrant, type OAuthGrant } from './oauth-grants.ts';
import { requireScope } from './request-scope.ts';

/** What oidc-provider keeps for the time between two requests. */
export type ArtifactModel =
  | 'AuthorizationCode'
  | 'DeviceCode'
  | 'Interaction'
  | 'PushedAuthorizationRequest'
  | 'ReplayDetection';

/** One artifact as it was stored; its raw identifier is known to its holder alone. */
export interface Artifact {
  readonly payload: Record<string, unknown>;
  /** Seconds until it expires; negative afterwards. */
  readonly secondsLeft: number;
  readonly consumed: boolean;
  readonly createdAt: Date;
  /** Its grant, where it belongs to one and that is live. */
  readonly grant: OAuthGrant | undefined;
}

/** Stores artifacts by digest, sealed. Every method works in the scope of the current request. */
export interface ArtifactStore {
  /** An artifact of this model; `undefined` when there is none, or when its grant is not live any more. */
  find(model: ArtifactModel, id: string): Promise<Artifact | undefined>;
  /** A device code by the code that a person typed; for an answer to it, with its row locked until the request ends. */
  findByUserCode(
    userCode: string,
    how?: 'for update',
  ): Promise<(Artifact & { readonly digest: Buffer }) | undefined>;
  /** Writes an artifact, or what changed of it. */
  save(
    model: ArtifactModel,
    id: string | Buffer,
    payload: Record<string, unknown>,
    facts: { readonly lifeSeconds: number; readonly grantId?: string; readonly userCode?: string },
  ): Promise<void>;
  /** Uses an artifact up: of any number of tries at once exactly one is told `true`. */
  consume(model: ArtifactModel, id: string): Promise<boolean>;
  /** Removes an artifact: of any number of tries at once exactly one is told `true`. */
  remove(model: ArtifactModel, id: string): Promise<boolean>;
  /**
   * Notes that a device asked for its code's answer (RFC 8628 §3.5). One that asks too soon has to wait five seconds longer
   * from then on.
   * @returns whether it was too soon
   */
  notePoll(id: string): Promise<boolean>;
  /** Notes that an identifier was used; `false` when it had been. */
  useOnce(id: string, lifeSeconds: number): Promise<boolean>;
}

interface Row extends GrantRow {
  readonly digest: Buffer;
  readonly payload_sealed: Buffer;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly consumed_at: Date | null;
  readonly belongs_to: string | null;
}

const findText = (place: string) => `
SELECT a.digest, a.payload_sealed, a.created_at, a.expires_at, a.consumed_at, a.grant_id AS belongs_to, ${grantColumns}
FROM oauth_artifacts a LEFT JOIN ${liveGrant('$3')} AND g.id = a.grant_id
WHERE a.${place} = $1 AND a.model = $2`;

const findQuery = { name: 'oauth artifact', text: findText('digest') };
const findByUserCodeQuery = { name: 'oauth artifact by user code', text: findText('user_code_digest') };

const lockUserCodeQuery = {
  name: 'lock user code',
  text: 'SELECT 1 AS one FROM oauth_artifacts WHERE user_code_digest = $1 FOR UPDATE',
};

const saveQuery = {
  name: 'save oauth artifact',
  text: `
INSERT INTO oauth_artifacts (digest, model, grant_id, user_code_digest, payload_sealed, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (digest) DO UPDATE SET payload_sealed = excluded.payload_sealed, grant_id = excluded.grant_id, expires_at = excluded.expires_at`,
};

const consumeQuery = {
  name: 'consume oauth artifact',
  text: `UPDATE oauth_artifacts SET consumed_at = $3 WHERE digest = $1 AND model = $2 AND consumed_at IS NULL RETURNING 1 AS one`,
};

const removeQuery = {
  name: 'remove oauth artifact',
  text: 'DELETE FROM oauth_artifacts WHERE digest = $1 AND model = $2 RETURNING 1 AS one',
};

/** A second less than the interval is forgiven: the way of a request is not always equally long. */
const pollQuery = {
  name: 'note poll of device code',
  text: `
WITH before AS (
  SELECT digest, coalesce(polled_at > $2::timestamptz - make_interval(secs => poll_interval_seconds - 1), false) AS too_soon
  FROM oauth_artifacts WHERE digest = $1 AND model = 'DeviceCode' FOR UPDATE)
UPDATE oauth_artifacts a SET polled_at = $2, poll_interval_seconds = a.poll_interval_seconds + CASE WHEN before.too_soon THEN 5 ELSE 0 END
FROM before WHERE a.digest = before.digest RETURNING before.too_soon`,
};

const useOnceQuery = {
  name: 'use once',
  text: `
INSERT INTO oauth_artifacts (digest, model, payload_sealed, created_at, expires_at) VALUES ($1, 'ReplayDetection', '', $2, $3)
ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at WHERE oauth_artifacts.expires_at < $2 RETURNING 1 AS one`,
};

/** What an artifact is found by. Identifiers hold at least 126 random bits, so that one SHA-256 is enough. */
export function artifactDigest(model: ArtifactModel, id: string): Buffer {
  return hash('sha256', `${model} ${id}`, 'buffer');
}

/** Makes the store. The payload is sealed, since what a client sent along (an ID token as a hint) may be a token itself. */
export function createArtifactStore(vault: Vault): ArtifactStore {
  // Typed codes hold few bits: what is stored of them can't be computed without the platform's secret.
  const userCodeDigest = (userCode: string): Buffer =>
    vault.derive('oauth-artifacts', `user code ${userCode}`);

  const artifactOf = (row: Row | undefined, now: Date): Artifact | undefined => {
    if (!row) return undefined;
    const grant = grantOf(row);
    if (row.belongs_to !== null && !grant) return undefined;
    if (grant) requireScope().grants.set(grant.id, grant);
    const context = row.digest.toString('base64url');
    return {
      payload: JSON.parse(vault.open('oauth-artifacts', row.payload_sealed, context).toString()),
      secondsLeft: Math.ceil((row.expires_at.getTime() - now.getTime()) / 1000),
      consumed: row.consumed_at !== null,
      createdAt: row.created_at,
      grant,
    };
  };

  return {
    async find(model, id) {
      const scope = requireScope();
      const [row] = await scope.query<Row>(findQuery, [artifactDigest(model, id), model, scope.now]);
      return artifactOf(row, scope.now);
    },
    async findByUserCode(userCode, how) {
      const scope = requireScope();
      if (how === 'for update')
        await (await scope.transaction()).query(lockUserCodeQuery, [userCodeDigest(userCode)]);
      const [row] = await scope.query<Row>(findByUserCodeQuery, [
        userCodeDigest(userCode),
        'DeviceCode',
        scope.now,
      ]);
      const artifact = artifactOf(row, scope.now);
      return artifact && row && { ...artifact, digest: row.digest };
    },
    async save(model, id, payload, { lifeSeconds, grantId, userCode }) {
      const tx = await requireScope().transaction();
      const digest = typeof id === 'string' ? artifactDigest(model, id) : id;
      const sealed = vault.seal(
        'oauth-artifacts',
        Buffer.from(JSON.stringify(payload)),
        digest.toString('base64url'),
      );
      await tx.query(saveQuery, [
        digest,
        model,
        grantId ?? null,
        userCode === undefined ? null : userCodeDigest(userCode),
        sealed,
        tx.now,
        after(tx.now, lifeSeconds),
      ]);
    },
    async consume(model, id) {
      const tx = await requireScope().transaction();
      return (await tx.query(consumeQuery, [artifactDigest(model, id), model, tx.now])).length > 0;
    },
    async remove(model, id) {
      const tx = await requireScope().transaction();
      return (await tx.query(removeQuery, [artifactDigest(model, id), model])).length > 0;
    },
    async notePoll(id) {
      const tx = await requireScope().transaction();
      const [row] = await tx.query<{ too_soon: boolean }>(pollQuery, [
        artifactDigest('DeviceCode', id),
        tx.now,
      ]);
      return row?.too_soon === true;
    },
    async useOnce(id, lifeSeconds) {
      const tx = await requireScope().transaction();
      const values = [artifactDigest('ReplayDetection', id), tx.now, after(tx.now, Math.max(1, lifeSeconds))];
      return (await tx.query(useOnceQuery, values)).length > 0;
    },
  };
}
