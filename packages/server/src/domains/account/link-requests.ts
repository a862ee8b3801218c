import { randomBytes } from 'node:crypto';
import type { ActivityAction } from '@castellan/contract';
import type { AccountLinkKind } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { hostCookieName, readCookie, writeCookie } from '../../platform/http/cookies.ts';
import { Refusal } from '../../platform/refusal.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { LinkLimits } from './link-limits.ts';
import { type AccountLink, insertLink } from './link-store.ts';
import type { SignInCall } from './sign-in-completed.ts';
import { findPersonByEmail } from './sign-in-repository.ts';

/** Tells the browser that asked for a link from others. It is no credential: a link works without it. */
const askedCookieName = 'castellan_asked';
const daySeconds = 24 * 3600;

const requested = {
  sign_in: 'sign_in_link_requested',
  reset_password: 'password_reset_requested',
  register: 'registration_requested',
} as const satisfies Record<AccountLinkKind, ActivityAction>;

/** Takes requests for links by e-mail. */
export interface LinkRequests {
  /**
   * Takes a request: the same work and the same answer whether or not there is an account. Who gets which mail is decided
   * afterwards, where nobody waits for it.
   *
   * @param ask.returnTo where to go on in this browser; checked already
   * @throws Refusal `rate_limited` for an address that asks too often
   */
  request(
    call: SignInCall,
    ask: {
      readonly kind: AccountLinkKind;
      readonly email: string;
      readonly language: string;
      readonly returnTo: string | null;
    },
  ): Promise<void>;
  /** Whether this browser is the one that asked for the link. */
  isSameBrowser(cookies: string | undefined, link: Pick<AccountLink, 'browserDigest'>): boolean;
}

/** @param deps.secure whether cookies need HTTPS */
export function createLinkRequests(deps: {
  readonly database: Database;
  readonly vault: Vault;
  readonly limits: LinkLimits;
  readonly secure: boolean;
}): LinkRequests {
  const { database, vault, limits, secure } = deps;
  const cookieName = hostCookieName(askedCookieName, secure);

  const browserOf = (call: SignInCall): Buffer => {
    const kept = readCookie(call.cookies, cookieName);
    const mark = kept && /^[\w-]{22}$/.test(kept) ? kept : randomBytes(16).toString('base64url');
    call.setHeader('set-cookie', writeCookie(askedCookieName, mark, { secure, maxAgeSeconds: daySeconds }));
    return tokenDigest(mark);
  };

  return {
    async request(call, { kind, email, language, returnTo }) {
      const allowance = await limits.take(email, call.address);
      if (allowance.kind === 'limited')
        throw new Refusal('rate_limited', { retryAfterSeconds: allowance.retryAfterSeconds });
      const browserDigest = browserOf(call);
      if (allowance.kind === 'quiet') return;
      const person = await findPersonByEmail(database.db, email);
      await database.write(call.origin, async (tx) => {
        const { address } = call;
        const id = await insertLink(tx, vault, { kind, email, language, returnTo, browserDigest, address });
        tx.record({
          action: requested[kind],
          target: { kind: 'user', id: person?.id ?? null, label: email },
          detail: { account_link_id: id },
        });
      });
    },
    isSameBrowser(cookies, { browserDigest }) {
      const mark = readCookie(cookies, cookieName);
      return mark !== undefined && tokenDigest(mark).equals(browserDigest);
    },
  };
}
