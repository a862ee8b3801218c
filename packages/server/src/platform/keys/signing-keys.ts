import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SignatureAlgorithm } from '@castellan/contract';
import { and, desc, eq, gt, gte, isNull, or, sql } from 'drizzle-orm';
import { calculateJwkThumbprint } from 'jose';
import type { Origin } from '../activity/event.ts';
import { after, type Clock } from '../clock.ts';
import { ConfigurationError } from '../config.ts';
import { signingKeys } from '../database/schema.ts';
import type { Database, Transaction } from '../database/transaction.ts';
import type { Vault } from '../secrets/vault.ts';

/** How long a new key is published before it signs: longer than any verifier may cache the JWKS. */
export const publishLeadSeconds = 15 * 60;
/** How long a replaced key still verifies: the longest life of a signed token, and the skew verifiers allow. */
const overlapSeconds = 3600 + 120;
/** How long a verifier may keep the JWKS (`Cache-Control: max-age`). */
export const jwksMaxAgeSeconds = 300;
const reloadMs = 15_000;
/** The least lead of a new key: within it every replica has read the keys again, so none meets a token whose key it does not know. */
const leastLeadSeconds = (2 * reloadMs) / 1000;

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: Record<string, string>;
  readonly activeAt: Date;
  readonly retiresAt: Date | null;
}

export interface SigningKeys {
  /** The key that signs now; EdDSA unless a client chose otherwise. */
  current(algorithm?: SignatureAlgorithm): SigningKey;
  /** Every published key, those that sign now before the others. */
  published(): readonly SigningKey[];
  /** Makes the first key of algorithms that have none yet: clients can choose what their tokens are signed with. */
  ensure(algorithms: readonly SignatureAlgorithm[]): Promise<void>;
  /** Whether {@link current} has a key for this algorithm; {@link ensure} makes the first one. */
  has(algorithm: SignatureAlgorithm): boolean;
  /** A published key, or `undefined`. */
  find(kid: string): SigningKey | undefined;
  /** The JWK set (RFC 7517 §5) of all published keys. */
  jwks(): { keys: Record<string, string>[] };
  /** Counts up whenever the set of keys changed. */
  readonly version: number;
  /** Reads the keys again now. */
  reload(): Promise<void>;
  stop(): void;
}

const generate = promisify(generateKeyPair);

async function newKeyPair(algorithm: SignatureAlgorithm) {
  switch (algorithm) {
    case 'EdDSA':
      return generate('ed25519', {});
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generate('rsa', { modulusLength: 2048 });
  }
}

async function createKey(
  vault: Vault,
  tx: Transaction,
  activeAt: Date,
  algorithm: SignatureAlgorithm,
): Promise<string> {
  const { publicKey, privateKey } = await newKeyPair(algorithm);
  const bare = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const kid = await calculateJwkThumbprint(bare);
  const publicJwk = { ...bare, kid, use: 'sig', alg: algorithm };
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  await tx.db.insert(signingKeys).values({
    kid,
    algorithm,
    publicJwk,
    privateSealed: vault.seal('signing-keys', der, kid),
    publishedAt: tx.now,
    activeAt,
  });
  return kid;
}

/**
 * Publishes a new signing key of every algorithm that is in use. It signs after `leadSeconds`, at least thirty; the keys before it verify until every
 * token they signed has expired. Running platforms follow without a restart.
 *
 * @returns the id of the platform's own new key (EdDSA) and when it begins to sign
 * @throws ConfigurationError when the vault is not the one that sealed the keys before
 */
export async function rotateSigningKey(
  database: Database,
  vault: Vault,
  origin: Origin,
  leadSeconds: number = publishLeadSeconds,
): Promise<{ kid: string; activeAt: Date }> {
  return database.write(origin, async (tx) => {
    await tx.db.execute(sql`SELECT pg_advisory_xact_lock(728401002)`);
    // Sealed by another secret, the new key could be opened by no running platform, nor by the next one to start.
    const [newest] = await tx.db.select().from(signingKeys).orderBy(desc(signingKeys.activeAt)).limit(1);
    if (newest) openSealed(vault, newest.privateSealed, newest.kid);
    const inUse = await tx.db
      .select({ algorithm: signingKeys.algorithm })
      .from(signingKeys)
      .where(isNull(signingKeys.retiresAt));
    const others = new Set(inUse.map(({ algorithm }) => algorithm).filter((name) => name !== 'EdDSA'));
    const activeAt = after(tx.now, Math.max(leadSeconds, leastLeadSeconds));
    // A key that waits for a later turn has signed nothing. Left there, it would take its turn from this one and
    // retire before the tokens that it signs then.
    await tx.db
      .update(signingKeys)
      .set({ retiresAt: tx.now })
      .where(and(isNull(signingKeys.retiresAt), gte(signingKeys.activeAt, activeAt)));
    await tx.db
      .update(signingKeys)
      .set({ retiresAt: after(activeAt, overlapSeconds) })
      .where(isNull(signingKeys.retiresAt));
    const kid = await createKey(vault, tx, activeAt, 'EdDSA');
    for (const algorithm of others) await createKey(vault, tx, activeAt, algorithm);
    tx.record({
      action: 'signing_key_rotated',
      target: { kind: 'key', id: null, label: kid },
      detail: { signs_from: activeAt.toISOString() },
    });
    return { kid, activeAt };
  });
}

/** Loads the keys, makes the first one where there is none, and follows rotations. */
export async function openSigningKeys(options: {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly onReloadFailed: (error: unknown) => void;
}): Promise<SigningKeys> {
  const { database, vault, clock, onReloadFailed } = options;
  let keys: SigningKey[] = [];
  let version = 0;

  const load = async (): Promise<void> => {
    const rows = await database.db
      .select()
      .from(signingKeys)
      .where(or(isNull(signingKeys.retiresAt), gt(signingKeys.retiresAt, clock.now())))
      .orderBy(desc(signingKeys.activeAt));
    const known = new Map(keys.map((key) => [key.kid, key]));
    keys = rows.map((row) => {
      const opened = known.get(row.kid);
      return {
        kid: row.kid,
        algorithm: row.algorithm,
        privateKey:
          opened?.privateKey ??
          createPrivateKey({
            key: openSealed(vault, row.privateSealed, row.kid),
            format: 'der',
            type: 'pkcs8',
          }),
        publicKey: opened?.publicKey ?? createPublicKey({ key: row.publicJwk as JsonWebKey, format: 'jwk' }),
        publicJwk: row.publicJwk,
        activeAt: row.activeAt,
        retiresAt: row.retiresAt,
      };
    });
    if (keys.length !== known.size || keys.some((key) => !known.has(key.kid))) version++;
  };

  const ensure = async (algorithms: readonly SignatureAlgorithm[]): Promise<void> => {
    const lacking = algorithms.filter((algorithm) => !keys.some((key) => key.algorithm === algorithm));
    if (lacking.length === 0) return;
    const { systemOrigin } = await import('../activity/event.ts');
    await database.write(systemOrigin, async (tx) => {
      // Two replicas may start at once on an empty database: the second finds the first one's key.
      await tx.db.execute(sql`SELECT pg_advisory_xact_lock(728401002)`);
      for (const algorithm of lacking) {
        const [existing] = await tx.db
          .select({ kid: signingKeys.kid })
          .from(signingKeys)
          .where(eq(signingKeys.algorithm, algorithm))
          .limit(1);
        if (!existing) await createKey(vault, tx, tx.now, algorithm);
      }
    });
    await load();
  };

  await load();
  await ensure(['EdDSA']);

  const timer = setInterval(() => void load().catch(onReloadFailed), reloadMs);
  timer.unref();
  const live = (key: SigningKey): boolean => key.retiresAt === null || key.retiresAt > clock.now();
  const activeOf = (algorithm: SignatureAlgorithm): SigningKey | undefined => {
    const now = clock.now();
    return keys.find((key) => key.algorithm === algorithm && key.activeAt <= now && live(key));
  };

  return {
    current(algorithm = 'EdDSA') {
      const key = activeOf(algorithm);
      if (!key) throw new Error(`There is no active signing key for ${algorithm}`);
      return key;
    },
    published() {
      const now = clock.now();
      // They are ordered by when they begin to sign, the latest first; what does not sign yet comes last.
      return [
        ...keys.filter((key) => live(key) && key.activeAt <= now),
        ...keys.filter((key) => live(key) && key.activeAt > now),
      ];
    },
    ensure,
    has: (algorithm) => activeOf(algorithm) !== undefined,
    find: (kid) => keys.find((key) => key.kid === kid && live(key)),
    jwks: () => ({ keys: keys.filter(live).map((key) => key.publicJwk) }),
    get version() {
      return version;
    },
    reload: load,
    stop: () => clearInterval(timer),
  };
}

function openSealed(vault: Vault, sealed: Buffer, kid: string): Buffer {
  try {
    return vault.open('signing-keys', sealed, kid);
  } catch {
    throw new ConfigurationError([
      'KEY_ENCRYPTION_SECRET does not open the signing keys in the database; give the one that they were made with',
    ]);
  }
}
