import { hash } from 'node:crypto';
import type { Pool } from 'pg';
import { addressKey } from '../sign-in/sign-in-limits.ts';

const windowSeconds = 15 * 60;
/** Mails to one mailbox. Beyond, none is written; those that were still work, so nobody is kept out by it. */
const perMailbox = 5;
/** Requests from one address, for whatever mailboxes. */
const perAddress = 30;

/** What a request for a mail may do. */
export type LinkAllowance =
  | { readonly kind: 'mail' }
  /** The mailbox has had enough: answer as ever, and write nothing. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

/** Limits on mails that anybody can have sent to anybody. */
export interface LinkLimits {
  take(email: string, address: string): Promise<LinkAllowance>;
}

/** Counts one more for each key; a window that has passed begins anew. */
const takeQuery = `
INSERT INTO rate_limits AS counted (key, points, expire)
SELECT key, 1, $3::bigint FROM unnest($1::text[]) AS key
ON CONFLICT (key) DO UPDATE SET
  points = CASE WHEN counted.expire > $2::bigint THEN counted.points + 1 ELSE 1 END,
  expire = CASE WHEN counted.expire > $2::bigint THEN counted.expire ELSE $3::bigint END
RETURNING key, points, expire`;

/** Counts in the database, so that replicas count together. */
export function createLinkLimits(pool: Pool): LinkLimits {
  return {
    async take(email, address) {
      const now = Date.now();
      const mailboxKey = `mail-to:${hash('sha256', email, 'base64url').slice(0, 22)}`;
      const fromKey = `mail-from:${addressKey(address)}`;
      // In their sorted order, so that two never wait for each other.
      const { rows } = await pool.query<{ key: string; points: number; expire: string }>({
        name: 'take link request',
        text: takeQuery,
        values: [[fromKey, mailboxKey], now, now + windowSeconds * 1000],
      });
      const of = (key: string) => rows.find((row) => row.key === key)!;
      if (of(fromKey).points > perAddress)
        return { kind: 'limited', retryAfterSeconds: (Number(of(fromKey).expire) - now) / 1000 };
      return { kind: of(mailboxKey).points > perMailbox ? 'quiet' : 'mail' };
    },
  };
}
