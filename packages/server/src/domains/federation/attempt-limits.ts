import type { Pool } from 'pg';
import { Refusal } from '../../platform/refusal.ts';
import { addressKey } from '../sign-in/sign-in-limits.ts';

const windowSeconds = 15 * 60;
/** One address may be a whole office at nine in the morning; a flood is more than that. */
const perAddress = 600;

const takeQuery = `
INSERT INTO rate_limits AS counted (key, points, expire) VALUES ($1, 1, $3::bigint)
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING points, expire`;

/**
 * Limits how many sign-ins at providers one address may begin: each is a row that anybody can have written.
 * @throws Refusal `rate_limited`
 */
export async function limitAttempts(pool: Pool, address: string): Promise<void> {
  const now = Date.now();
  const { rows } = await pool.query<{ points: number; expire: string }>({
    name: 'take provider attempt',
    text: takeQuery,
    values: [`provider-from:${addressKey(address)}`, now, now + windowSeconds * 1000],
  });
  const { points, expire } = rows[0]!;
  if (points > perAddress)
    throw new Refusal('rate_limited', { retryAfterSeconds: (Number(expire) - now) / 1000 });
}
