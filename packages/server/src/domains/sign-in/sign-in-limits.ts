import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Pool } from 'pg';

const windowSeconds = 15 * 60;
/** Wrong passwords for one account from one address. */
const perPairTries = 10;
/** Wrong passwords from one address, over all accounts. */
const perAddressTries = 100;
/** Wrong passwords for one account from anywhere; beyond it each address gets fewer tries, and never none. */
const perAccountTries = 100;
const triesWhileAttacked = 2;

/** A try that may not be made. */
export interface Limited {
  readonly retryAfterSeconds: number;
  /** Whether it is the first one of its window: that is told in the timeline, which a flood of further ones can't fill. */
  readonly isFirst: boolean;
}

/**
 * Limits on wrong passwords. No limit is on the account alone: whoever guesses from outside uses up the tries of
 * their own addresses, and the person behind the account still gets in from theirs.
 */
export interface SignInLimits {
  /**
   * Takes one try before the password is looked at.
   * @returns nothing where the try may be made
   */
  take(account: string, address: string): Promise<Limited | undefined>;
  /** Gives back what a right password took. */
  giveBack(account: string, address: string): Promise<void>;
}

/** The part of an address that one customer of a provider holds: IPv4 whole, IPv6 by /64. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.startsWith('::ffff:')) return address.slice(7);
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Counts one more for each key and tells where each stands; a window that has passed begins anew. */
const takeQuery = `
INSERT INTO rate_limits AS counted (key, points, expire)
SELECT key, 1, $3::bigint FROM unnest($1::text[]) AS key
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING key, points, expire`;

/** Locks in the order of the keys, as {@link takeQuery} does: two that wait for each other would be a deadlock. */
const giveBackQuery = `
WITH counted AS (SELECT key FROM rate_limits WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE)
UPDATE rate_limits SET points = CASE WHEN rate_limits.key = $2 THEN 0 ELSE greatest(points - 1, 0) END
FROM counted WHERE rate_limits.key = counted.key`;

interface Count {
  readonly key: string;
  readonly points: number;
  /** Milliseconds since 1970, which `pg` reads as text. */
  readonly expire: string;
}

/**
 * Three counts in one statement. `rate-limiter-flexible` needs a statement for each of them, in both directions: a
 * fifth of what a sign-in costs beside its hash.
 */
export function createSignInLimits(pool: Pool, door: 'service' | 'console'): SignInLimits {
  // Accounts are e-mail addresses: their digest is enough to count by. The keys are in their sorted order.
  const keysOf = (account: string, address: string): readonly [string, string, string] => {
    const accountKey = hash('sha256', account, 'base64url').slice(0, 22);
    const from = addressKey(address);
    return [`${door}-account:${accountKey}`, `${door}-address:${from}`, `${door}-pair:${accountKey}:${from}`];
  };

  return {
    async take(account, address) {
      const now = Date.now();
      const keys = keysOf(account, address);
      const { rows } = await pool.query<Count>({
        name: 'take sign-in try',
        text: takeQuery,
        values: [keys, now, now + windowSeconds * 1000],
      });
      const [byAccount, byAddress, byPair] = keys.map((key) => rows.find((row) => row.key === key)!) as [
        Count,
        Count,
        Count,
      ];
      const beyond = ({ points, expire }: Count, allowed: number): Limited | undefined =>
        points > allowed
          ? { retryAfterSeconds: (Number(expire) - now) / 1000, isFirst: points === allowed + 1 }
          : undefined;
      const perPair = byAccount.points > perAccountTries ? triesWhileAttacked : perPairTries;
      return beyond(byAddress, perAddressTries) ?? beyond(byPair, perPair);
    },
    async giveBack(account, address) {
      const keys = keysOf(account, address);
      await pool.query({ name: 'give back sign-in try', text: giveBackQuery, values: [keys, keys[2]] });
    },
  };
}
