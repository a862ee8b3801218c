import { browserCookieName } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Clock } from '../../platform/clock.ts';
import { after } from '../../platform/clock.ts';
import { grants, grantTokens } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import { hostCookieName, readCookie, writeCookie } from '../../platform/http/cookies.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { looksLikeToken, newToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { endGrants, grantLives, insertGrant } from '../grants/grant-store.ts';
import { noteLogin } from '../grants/note-login.ts';
import { acrOf } from './acr.ts';

export type { BrowserSession };

/** A use is written down again when the last one is older than this: a write for each page would cost more than the page. */
const usesNotedEverySeconds = 300;

/** A new sign-in of a browser. */
export interface NewBrowserSession {
  readonly userId: string;
  /** For the timeline. */
  readonly name: string;
  /** How they signed in (RFC 8176): `pwd`, `otp`, `hwk`, `mfa`, `fed`, `mail`. */
  readonly amr: readonly string[];
  /** The way in, for the timeline: `password`, `passkey`, `link`, the name of a provider. */
  readonly method: string;
  /** When they proved it, where that is not now; `null` when nobody knows. */
  readonly authTime?: Date | null;
  readonly workspaceId?: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Browsers that people are signed in with. Each is a grant of kind `browser_session`: ending it is true on the next request. */
export interface BrowserSessions {
  /** The name of the cookie, as browsers send it. */
  readonly cookieName: string;
  /**
   * Begins a session and records `user_login`. The caller has locked the user and seen that they are active.
   * @returns the grant, and the `Set-Cookie` value that carries it
   */
  begin(tx: Transaction, session: NewBrowserSession): Promise<{ grantId: string; cookie: string }>;
  /**
   * Who is signed in with this browser, read from the database now.
   * @param cookies the `Cookie` header
   * @returns `undefined` when nobody is: no cookie, ended, expired, or the account is not active
   */
  read(cookies: string | undefined): Promise<BrowserSession | undefined>;
  /** Like {@link read}, by the token alone. */
  readToken(token: string): Promise<BrowserSession | undefined>;
  /**
   * Writes down what the person proved again. A step-up adds its factor, and the moment stays that of the oldest one:
   * what was proved days ago must not be told with a moment of now. A sign-in anew counts by itself.
   * @returns whether the session was live
   */
  raise(
    tx: Transaction,
    grantId: string,
    proof: {
      readonly amr: readonly string[];
      /** The way in, where the person signed in anew and did not only add a factor. */
      readonly method?: string;
      /** Of a sign-in anew: when it was proved, where that is not now; `null` when nobody knows. */
      readonly authTime?: Date | null;
    },
  ): Promise<boolean>;
  /**
   * Signs the browser out: the session ends, `user_logout` is recorded, and every OAuth grant that was given in it ends with it.
   * @returns the `Set-Cookie` value that clears the cookie
   */
  end(tx: Transaction, session: Pick<BrowserSession, 'grantId' | 'userId' | 'name'>): Promise<string>;
  /** The `Set-Cookie` value that clears the cookie. */
  clearingCookie(): string;
}

interface Row {
  readonly grant_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly amr: string[];
  readonly auth_time: Date | null;
  readonly signed_in_at: Date;
  readonly workspace_id: string | null;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

const readQuery = {
  name: 'browser session',
  text: `
SELECT g.id AS grant_id, g.user_id, u.email, u.name, g.amr, g.auth_time, coalesce(g.signed_in_at, g.created_at) AS signed_in_at,
  g.workspace_id, g.last_used_at, g.expires_at
FROM grant_tokens t JOIN grants g ON g.id = t.grant_id JOIN users u ON u.id = g.user_id
WHERE t.digest = $1 AND g.kind = 'browser_session' AND g.ended_at IS NULL AND g.expires_at > $2 AND g.idle_expires_at > $2
  AND u.state = 'active'`,
};

/** Makes the one keeper of browser sessions. */
export function createBrowserSessions(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly cookieSecure: boolean;
}): BrowserSessions {
  const { database, clock, cookieSecure: secure } = options;
  const cookieName = hostCookieName(browserCookieName, secure);
  const { idleSeconds, absoluteSeconds } = grantLives.browser_session;

  const noteUse = async (row: Row, now: Date): Promise<void> => {
    if (now.getTime() - row.last_used_at.getTime() < usesNotedEverySeconds * 1000) return;
    const idleExpiresAt = new Date(Math.min(after(now, idleSeconds).getTime(), row.expires_at.getTime()));
    await database.db
      .update(grants)
      .set({ lastUsedAt: now, idleExpiresAt })
      .where(eq(grants.id, row.grant_id));
  };

  const readToken = async (token: string): Promise<BrowserSession | undefined> => {
    if (!looksLikeToken('cbs_', token)) return undefined;
    const now = clock.now();
    const { rows } = await database.pool.query<Row>({ ...readQuery, values: [tokenDigest(token), now] });
    const row = rows[0];
    if (!row) return undefined;
    await noteUse(row, now);
    return {
      grantId: row.grant_id,
      userId: row.user_id,
      email: row.email,
      name: row.name,
      amr: row.amr,
      acr: acrOf(row.amr),
      authTime: row.auth_time,
      signedInAt: row.signed_in_at,
      workspaceId: row.workspace_id,
    };
  };

  const clearingCookie = (): string => writeCookie(browserCookieName, '', { secure, maxAgeSeconds: 0 });

  return {
    cookieName,
    async begin(tx, session) {
      const token = newToken('cbs_');
      const grantId = await insertGrant(tx, {
        kind: 'browser_session',
        userId: session.userId,
        serviceId: null,
        workspaceId: session.workspaceId ?? null,
        address: session.address,
        userAgent: session.userAgent,
        amr: [...session.amr],
        authTime: session.authTime === undefined ? tx.now : session.authTime,
        signInMethod: session.method,
      });
      await tx.db.insert(grantTokens).values({ digest: tokenDigest(token), grantId, createdAt: tx.now });
      noteLogin(tx, session.userId);
      const person = { kind: 'user' as const, id: session.userId, label: session.name };
      tx.record({
        action: 'user_login',
        actors: [person],
        target: person,
        detail: { method: session.method, session_id: grantId },
      });
      return {
        grantId,
        cookie: writeCookie(browserCookieName, token, { secure, maxAgeSeconds: absoluteSeconds }),
      };
    },
    async read(cookies) {
      const token = readCookie(cookies, cookieName);
      return token === undefined ? undefined : readToken(token);
    },
    readToken,
    async raise(tx, grantId, { amr, method, authTime = tx.now }) {
      const [grant] = await tx.db.select().from(grants).where(eq(grants.id, grantId)).for('update');
      if (grant?.kind !== 'browser_session' || grant.endedAt !== null) return false;
      const changes =
        method === undefined
          ? { amr: [...new Set([...(grant.amr ?? []), ...amr])] }
          : { amr: [...new Set(amr)], signInMethod: method, authTime, signedInAt: tx.now };
      await tx.db.update(grants).set(changes).where(eq(grants.id, grantId));
      return true;
    },
    async end(tx, session) {
      const ended = await endGrants(tx, { grantId: session.grantId, userId: session.userId }, 'signed_out');
      if (ended > 0) {
        const person = { kind: 'user' as const, id: session.userId, label: session.name };
        tx.record({
          action: 'user_logout',
          actors: [person],
          target: person,
          detail: { session_id: session.grantId },
        });
      }
      return clearingCookie();
    },
    clearingCookie,
  };
}
