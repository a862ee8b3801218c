import { adminCookieName, tokenKinds } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import { users } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Administrator } from '../../platform/http/principal.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants, insertGrant } from '../grants/grant-store.ts';
import { grantAdministrationByEmail } from './administration-by-email.ts';
import { checkPassword, type PasswordCheck, refuseSignIn } from './check-password.ts';
import { findUserByEmail, lockUser } from './repository.ts';

export interface AdminSignInDeps extends PasswordCheck {
  readonly database: Database;
  readonly jwts: Jwts;
  readonly clock: Clock;
  readonly adminEmails: readonly string[];
  readonly cookieSecure: boolean;
}

const { lifeSeconds, mark } = tokenKinds.admin_session;

/** The `Set-Cookie` of an admin session (P15); without a token it clears the cookie. */
export function adminCookie(secure: boolean, token?: string): string {
  // The token is base64url with dots: nothing in it needs escaping (RFC 6265 §4.1.1).
  const maxAge = token === undefined ? 0 : lifeSeconds;
  return `${adminCookieName}=${token ?? ''}; Max-Age=${maxAge}; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Strict`;
}

/** Signs an operator in to the console with e-mail and password. */
export async function signInOperator(
  deps: AdminSignInDeps,
  origin: Origin,
  request: {
    readonly email: string;
    readonly password: string;
    readonly address: string;
    readonly userAgent: string | null;
  },
) {
  const checked = await checkPassword(deps, origin, {
    ...request,
    user: await findUserByEmail(deps.database.db, request.email),
  });
  const signedIn = await deps.database.write(
    { ...origin, actors: [{ kind: 'operator', id: checked.id, label: checked.name }] },
    async (tx) => {
      const user = await lockUser(tx, checked.id);
      if (user?.state !== 'active' || user.passwordHash !== checked.passwordHash)
        return 'invalid_credentials' as const;
      if (!(await grantAdministrationByEmail(tx, user, deps.adminEmails))) return 'not_admin' as const;
      const grantId = await insertGrant(tx, {
        kind: 'admin_session',
        userId: user.id,
        serviceId: null,
        workspaceId: null,
        address: request.address,
        userAgent: request.userAgent,
      });
      await tx.db.update(users).set({ lastLoginAt: tx.now }).where(eq(users.id, user.id));
      tx.record({
        action: 'admin_login',
        target: { kind: 'user', id: user.id, label: user.name },
        detail: { method: 'password', session_id: grantId },
      });
      return { user, grantId };
    },
  );
  if (typeof signedIn === 'string')
    return refuseSignIn(deps, origin, { email: request.email, userId: checked.id }, new Refusal(signedIn));
  const { user, grantId } = signedIn;
  const issuedAt = Math.floor(deps.clock.now().getTime() / 1000);
  const token = deps.jwts.sign(mark, {
    sub: user.id,
    email: user.email,
    name: user.name,
    admin: true,
    iat: issuedAt,
    exp: issuedAt + lifeSeconds,
    type: 'admin_access',
    sid: grantId,
  });
  return {
    cookie: adminCookie(deps.cookieSecure, token),
    operator: { id: user.id, email: user.email, name: user.name, admin: true, expiresIn: lifeSeconds },
  };
}

/** Ends the console session on the server; its cookie is worth nothing from then on. */
export async function signOutOperator(
  deps: Pick<AdminSignInDeps, 'database'>,
  origin: Origin,
  operator: Administrator,
): Promise<void> {
  await deps.database.write(origin, async (tx) => {
    await endGrants(tx, { grantId: operator.grantId }, 'signed_out');
    tx.record({
      action: 'admin_logout',
      target: { kind: 'user', id: operator.userId, label: operator.name },
    });
  });
}
