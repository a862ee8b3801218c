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

/** One try as the database counts it. */
export interface CountedTry {
  /** What {@link takeClause} takes: keys in their sorted order, now and the end of a new window in ms since 1970. */
  readonly values: readonly [keys: readonly string[], now: number, expire: number];
  /** Where the try stands, by what {@link takeClause} returned of it. */
  judge(counts: readonly Count[]): Limited | undefined;
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
  /** A try that is counted within another statement, by {@link takeClause}. */
  countedTry(account: string, address: string): CountedTry;
  /** Gives back what a right password took; a moment later, together with what others give back. */
  giveBack(account: string, address: string): void;
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

/**
 * Counts one more for each key and tells where each stands; a window that has passed begins anew. Its parameters are
 * the first three of the statement.
 * @param condition SQL; where it is false nothing is counted
 */
export const takeClause = (condition: string): string => `
INSERT INTO rate_limits AS counted (key, points, expire)
SELECT key, 1, $3::bigint FROM unnest($1::text[]) AS key WHERE ${condition}
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING key, points, expire`;

const takeQuery = { name: 'take sign-in try', text: takeClause('true') };

/** Locks in the order of the keys, as {@link takeClause} does: two that wait for each other would be a deadlock. */
const giveBackQuery = {
  name: 'give back sign-in tries',
  text: `
WITH counted AS (
  SELECT limits.key, given.points FROM rate_limits AS limits JOIN unnest($1::text[], $2::int[]) AS given (key, points) USING (key)
  ORDER BY limits.key FOR UPDATE OF limits
)
UPDATE rate_limits SET points = greatest(rate_limits.points - counted.points, 0) FROM counted WHERE rate_limits.key = counted.key`,
};

/** Given back together: a sign-in has better to do, and nobody makes more tries than are allowed in this time. */
const giveBackAfterMs = 50;
/** More than is ever counted for one key. */
const everything = 1_000_000;

/** Where a key stands. */
export interface Count {
  readonly key: string;
  readonly points: number;
  /** Milliseconds since 1970; `pg` reads a bigint as text. */
  readonly expire: string | number;
}

/**
 * Three counts in one statement. `rate-limiter-flexible` needs a statement for each of them, in both directions: a
 * fifth of what a sign-in costs beside its hash.
 */
export function createSignInLimits(pool: Pool, door: 'service' | 'console' | 'device'): SignInLimits {
  // Accounts are e-mail addresses: their digest is enough to count by. The keys are in their sorted order.
  const keysOf = (account: string, address: string): readonly [string, string, string] => {
    const accountKey = hash('sha256', account, 'base64url').slice(0, 22);
    const from = addressKey(address);
    return [`${door}-account:${accountKey}`, `${door}-address:${from}`, `${door}-pair:${accountKey}:${from}`];
  };

  let given = new Map<string, number>();
  const giveBackNow = (): void => {
    const points = given;
    given = new Map();
    // What can't be given back is forgotten with its window.
    pool.query({ ...giveBackQuery, values: [[...points.keys()], [...points.values()]] }).catch(() => {});
  };

  const countedTry = (account: string, address: string): CountedTry => {
    const now = Date.now();
    const keys = keysOf(account, address);
    return {
      values: [keys, now, now + windowSeconds * 1000],
      judge(counts) {
        const [byAccount, byAddress, byPair] = keys.map(
          (key) => counts.find((count) => count.key === key)!,
        ) as [Count, Count, Count];
        const beyond = ({ points, expire }: Count, allowed: number): Limited | undefined =>
          points > allowed
            ? { retryAfterSeconds: (Number(expire) - now) / 1000, isFirst: points === allowed + 1 }
            : undefined;
        const perPair = byAccount.points > perAccountTries ? triesWhileAttacked : perPairTries;
        return beyond(byAddress, perAddressTries) ?? beyond(byPair, perPair);
      },
    };
  };

  return {
    countedTry,
    async take(account, address) {
      const { values, judge } = countedTry(account, address);
      const { rows } = await pool.query<Count>({ ...takeQuery, values: [...values] });
      return judge(rows);
    },
    giveBack(account, address) {
      if (given.size === 0) setTimeout(giveBackNow, giveBackAfterMs).unref();
      const [byAccount, byAddress, byPair] = keysOf(account, address);
      for (const key of [byAccount, byAddress]) given.set(key, (given.get(key) ?? 0) + 1);
      given.set(byPair, everything);
    },
  };
}
