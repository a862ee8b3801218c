import type { Pool } from 'pg';
import { Refusal } from '../../platform/refusal.ts';
import { addressKey } from '../sign-in/sign-in-limits.ts';

const windowSeconds = 5 * 60;
/** Challenges that one address is given in five minutes: each is a row, and sign-in pages ask before anybody is known. */
const perAddress = 300;

/** Limits on what a stranger can have written down. */
export interface PasskeyLimits {
  /** Counts one challenge. @throws Refusal `rate_limited` */
  take(address: string): Promise<void>;
}

const takeQuery = `
INSERT INTO rate_limits AS counted (key, points, expire) VALUES ($1, 1, $3::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING points, expire`;

/** Counts in the table of all limits. */
export function createPasskeyLimits(pool: Pool): PasskeyLimits {
  return {
    async take(address) {
      const now = Date.now();
      const { rows } = await pool.query<{ points: number; expire: string }>({
        name: 'take passkey challenge',
        text: takeQuery,
        values: [`passkey-address:${addressKey(address)}`, now, now + windowSeconds * 1000],
      });
      const { points, expire } = rows[0]!;
      if (points > perAddress)
        throw new Refusal('rate_limited', { retryAfterSeconds: (Number(expire) - now) / 1000 });
    },
  };
}
