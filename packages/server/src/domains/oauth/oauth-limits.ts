import type { Pool } from 'pg';
import { Refusal } from '../../platform/refusal.ts';
import { addressKey } from '../sign-in/sign-in-limits.ts';

/** Documents of clients that one address can have us fetch in a minute, beside those that we know. */
const documentsPerMinute = 20;
/** Clients that one address can register in an hour. */
const registrationsPerHour = 20;
/** User codes that one person can type wrongly in ten minutes: of 25 billion codes, those of one device live as long. */
const codesPerTenMinutes = 20;

/** Limits on what strangers can have the provider do; counted in the database, so that replicas count together. */
export interface OAuthLimits {
  /** Whether an address may have one more document fetched. */
  mayFetchDocument(address: string | null): Promise<boolean>;
  /** Whether an address may register one more client. */
  mayRegister(address: string): Promise<boolean>;
  /** Counts a user code that nobody has. @throws Refusal `rate_limited` */
  noteWrongCode(userId: string): Promise<void>;
}

const takeQuery = `
INSERT INTO rate_limits AS counted (key, points, expire) VALUES ($1, 1, $3::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING points, expire`;

/** Makes the limits. */
export function createOAuthLimits(pool: Pool): OAuthLimits {
  const take = async (key: string, windowSeconds: number) => {
    const now = Date.now();
    const { rows } = await pool.query<{ points: number; expire: string }>({
      name: 'take oauth try',
      text: takeQuery,
      values: [key, now, now + windowSeconds * 1000],
    });
    return { points: rows[0]!.points, retryAfterSeconds: (Number(rows[0]!.expire) - now) / 1000 };
  };
  return {
    mayFetchDocument: async (address) =>
      (await take(`oauth-document:${addressKey(address ?? '')}`, 60)).points <= documentsPerMinute,
    mayRegister: async (address) =>
      (await take(`oauth-register:${addressKey(address)}`, 3600)).points <= registrationsPerHour,
    async noteWrongCode(userId) {
      const { points, retryAfterSeconds } = await take(`oauth-user-code:${userId}`, 600);
      if (points > codesPerTenMinutes) throw new Refusal('rate_limited', { retryAfterSeconds });
    },
  };
}
