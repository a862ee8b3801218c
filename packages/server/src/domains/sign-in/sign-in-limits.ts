import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../platform/refusal.ts';

const windowSeconds = 15 * 60;
/** Wrong passwords for one account from one address. */
const perPairTries = 10;
/** Wrong passwords from one address, over all accounts. */
const perAddressTries = 100;
/** Wrong passwords for one account from anywhere; beyond it each address gets fewer tries, and never none. */
const perAccountTries = 100;
const triesWhileAttacked = 2;

/**
 * Limits on wrong passwords. No limit is on the account alone: whoever guesses from outside uses up the tries of
 * their own addresses, and the person behind the account still gets in from theirs.
 */
export interface SignInLimits {
  /**
   * Takes one try before the password is looked at.
   * @throws Refusal `rate_limited` with the seconds to wait
   */
  take(account: string, address: string): Promise<void>;
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

export function createSignInLimits(pool: Pool, door: 'service' | 'console'): SignInLimits {
  const limiter = (name: string, points: number): RateLimiterPostgres =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: `${door}-${name}`,
      points,
      duration: windowSeconds,
    });
  const pair = limiter('pair', perPairTries);
  const byAddress = limiter('address', perAddressTries);
  const byAccount = limiter('account', perAccountTries);
  // Accounts are e-mail addresses: their digest is enough to count by.
  const keysOf = (account: string, address: string) => {
    const accountKey = hash('sha256', account, 'base64url').slice(0, 22);
    const from = addressKey(address);
    return { accountKey, from, both: `${accountKey}:${from}` };
  };

  const consume = async (limit: RateLimiterPostgres, key: string): Promise<RateLimiterRes> => {
    try {
      return await limit.consume(key);
    } catch (outcome) {
      // The library rejects with its result when the points are used up, and with an Error when the store fails.
      if (outcome instanceof RateLimiterRes) return outcome;
      throw outcome;
    }
  };
  const refuse = (outcome: RateLimiterRes): never => {
    throw new Refusal('rate_limited', { retryAfterSeconds: outcome.msBeforeNext / 1000 });
  };

  return {
    async take(account, address) {
      const { accountKey, from, both } = keysOf(account, address);
      const [pairState, addressState, accountState] = await Promise.all([
        consume(pair, both),
        consume(byAddress, from),
        consume(byAccount, accountKey),
      ]);
      if (addressState.consumedPoints > perAddressTries) refuse(addressState);
      const allowed = accountState.consumedPoints > perAccountTries ? triesWhileAttacked : perPairTries;
      if (pairState.consumedPoints > allowed) refuse(pairState);
    },
    async giveBack(account, address) {
      const { accountKey, from, both } = keysOf(account, address);
      await Promise.all([pair.delete(both), byAddress.reward(from), byAccount.reward(accountKey)]);
    },
  };
}
