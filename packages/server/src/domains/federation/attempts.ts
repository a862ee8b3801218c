import { randomBytes } from 'node:crypto';
import { and, eq, gt, inArray, lt } from 'drizzle-orm';
import * as openid from 'openid-client';
import { after, type Clock } from '../../platform/clock.ts';
import { type FederationPurpose, federationAttempts } from '../../platform/database/schema.ts';
import type { Database, Queryable } from '../../platform/database/transaction.ts';
import { hostCookieName, readCookie, writeCookie } from '../../platform/http/cookies.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';

/** How long a person may take at the provider. */
const lifeSeconds = 10 * 60;
const cookieName = 'castellan_federation';
const cookiePattern = /^[\w-]{43}$/;

/** What a browser is sent to a provider for. */
export interface NewAttempt {
  readonly providerId: string;
  readonly purpose: FederationPurpose;
  readonly returnTo?: string | null | undefined;
  /** A second factor is asked for afterwards, whether or not the account has one. */
  readonly secondFactor?: boolean | undefined;
  /** The provider is to ask again, although the person is signed in there. */
  readonly again?: boolean | undefined;
  /** Who links an account, in which browser session. */
  readonly person?: { readonly userId: string; readonly grantId: string } | undefined;
}

/** What travels with the browser, and what it is compared with when it comes back. */
export interface AttemptSecrets {
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly secondFactor: boolean;
  readonly again: boolean;
}

/** An attempt that came back. */
export interface TakenAttempt extends AttemptSecrets {
  readonly purpose: FederationPurpose;
  readonly begunAt: Date;
  readonly returnTo: string | null;
  readonly userId: string | null;
  readonly grantId: string | null;
}

/** Keeps what browsers were sent to providers with: each is taken once, by the browser that was sent, within ten minutes. */
export interface Attempts {
  /**
   * @param cookies the `Cookie` header: a browser keeps its cookie, so that several tabs can be under way
   * @returns what the provider is asked with, and the `Set-Cookie` value that binds the browser
   */
  begin(
    attempt: NewAttempt,
    cookies: string | undefined,
  ): Promise<{ state: string; secrets: AttemptSecrets; cookie: string }>;
  /** Takes the attempt of a `state`; `undefined` when it is unknown, used, expired, of another browser, provider or door. */
  take(
    state: string,
    from: {
      readonly providerId: string;
      readonly purposes: readonly FederationPurpose[];
      readonly cookies: string | undefined;
    },
  ): Promise<TakenAttempt | undefined>;
}

/** @param options.secure whether cookies need HTTPS */
export function createAttempts(options: {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly secure: boolean;
}): Attempts {
  const { database, vault, clock, secure } = options;
  const browserOf = (cookies: string | undefined): string | undefined => {
    const value = readCookie(cookies, hostCookieName(cookieName, secure));
    return value !== undefined && cookiePattern.test(value) ? value : undefined;
  };
  return {
    async begin({ providerId, purpose, returnTo, secondFactor = false, again = false, person }, cookies) {
      const browser = browserOf(cookies) ?? randomBytes(32).toString('base64url');
      const state = openid.randomState();
      const digest = tokenDigest(state);
      const secrets: AttemptSecrets = {
        nonce: openid.randomNonce(),
        codeVerifier: openid.randomPKCECodeVerifier(),
        secondFactor,
        again,
      };
      await database.db.insert(federationAttempts).values({
        digest,
        providerId,
        purpose,
        secretsSealed: vault.seal(
          'federation',
          Buffer.from(JSON.stringify(secrets)),
          `attempt ${digest.toString('hex')}`,
        ),
        browserDigest: tokenDigest(browser),
        returnTo: returnTo ?? null,
        userId: person?.userId ?? null,
        grantId: person?.grantId ?? null,
        expiresAt: after(clock.now(), lifeSeconds),
      });
      // Lax: the provider's redirect comes from another site and brings it along.
      const cookie = writeCookie(cookieName, browser, { secure, maxAgeSeconds: lifeSeconds });
      return { state, secrets, cookie };
    },
    async take(state, { providerId, purposes, cookies }) {
      const browser = browserOf(cookies);
      if (browser === undefined || state.length > 200) return undefined;
      const digest = tokenDigest(state);
      const [row] = await database.db
        .delete(federationAttempts)
        .where(
          and(
            eq(federationAttempts.digest, digest),
            eq(federationAttempts.providerId, providerId),
            inArray(federationAttempts.purpose, [...purposes]),
            eq(federationAttempts.browserDigest, tokenDigest(browser)),
            gt(federationAttempts.expiresAt, clock.now()),
          ),
        )
        .returning();
      if (!row) return undefined;
      const opened = vault.open('federation', row.secretsSealed, `attempt ${digest.toString('hex')}`);
      const { purpose, returnTo, userId, grantId } = row;
      const secrets = JSON.parse(opened.toString()) as AttemptSecrets;
      return { ...secrets, begunAt: after(row.expiresAt, -lifeSeconds), purpose, returnTo, userId, grantId };
    },
  };
}

/** Removes attempts that nobody came back with. */
export async function sweepAttempts(db: Queryable, now: Date): Promise<void> {
  await db.delete(federationAttempts).where(lt(federationAttempts.expiresAt, now));
}
