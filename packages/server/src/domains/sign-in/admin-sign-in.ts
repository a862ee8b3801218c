import { adminCookieName, tokenKinds } from '@castellan/contract';
import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { Refusal } from '../../platform/refusal.ts';
import { askSecondFactor } from '../factors/ask-second-factor.ts';
import type { RelyingParty } from '../factors/factor-deps.ts';
import { endGrants, insertGrant } from '../grants/grant-store.ts';
import { noteLogin } from '../grants/note-login.ts';
import { type NamedRole, rolesOfOperator } from '../operators/grants-of-operator.ts';
import { grantAdministrationByEmail } from './administration-by-email.ts';
import { checkPassword, type PasswordCheck, refuseSignIn } from './check-password.ts';
import { findUserByEmail, type LockedUser, lockUser } from './repository.ts';

export interface AdminSignInDeps extends PasswordCheck {
  readonly database: Database;
  readonly jwts: Jwts;
  readonly clock: Clock;
  readonly adminEmails: readonly string[];
  readonly cookieSecure: boolean;
  readonly relyingParty: RelyingParty;
}

const { lifeSeconds, mark } = tokenKinds.admin_session;

/** The `Set-Cookie` of an admin session (P15); without a token it clears the cookie. */
export function adminCookie(secure: boolean, token?: string): string {
  // The token is base64url with dots: nothing in it needs escaping (RFC 6265 §4.1.1).
  const maxAge = token === undefined ? 0 : lifeSeconds;
  return `${adminCookieName}=${token ?? ''}; Max-Age=${maxAge}; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Strict`;
}

/** A console session that was begun. */
export interface OpenedConsole {
  readonly user: Pick<LockedUser, 'id' | 'email' | 'name'>;
  readonly grantId: string;
  readonly isAdmin: boolean;
  /** What they may open: at least one. */
  readonly roles: NamedRole[];
}

/** An operator who is signed in: the cookie of the session, and what the console is told. */
export interface OperatorSignedIn {
  readonly cookie: string;
  readonly operator: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly admin: boolean;
    readonly roles: NamedRole[];
    readonly expiresIn: number;
  };
}

/**
 * Begins the console session of a person who has proved all that was asked; they are locked.
 * @returns the session, or nothing when they neither administer Castellan nor hold a grant as an operator (A21)
 */
export async function openConsole(
  deps: Pick<AdminSignInDeps, 'adminEmails'>,
  tx: Transaction,
  user: Omit<LockedUser, 'passwordHash'>,
  sign: {
    readonly amr: readonly string[];
    /** The way in: `password`, the name of a provider. */
    readonly method: string;
    readonly address: string;
    readonly userAgent: string | null;
  },
): Promise<OpenedConsole | undefined> {
  const isAdmin = await grantAdministrationByEmail(tx, user, deps.adminEmails);
  const roles = await rolesOfOperator(tx.db, { id: user.id, isAdmin });
  if (roles.length === 0) return undefined;
  const grantId = await insertGrant(tx, {
    kind: 'admin_session',
    userId: user.id,
    serviceId: null,
    workspaceId: null,
    address: sign.address,
    userAgent: sign.userAgent,
    amr: [...sign.amr],
    authTime: tx.now,
    signInMethod: sign.method,
  });
  noteLogin(tx, user.id);
  tx.record({
    action: 'admin_login',
    actors: [{ kind: 'operator', id: user.id, label: user.name }],
    target: { kind: 'user', id: user.id, label: user.name },
    detail: {
      method: sign.method,
      ...(sign.amr.includes('mfa') ? { amr: sign.amr } : {}),
      session_id: grantId,
    },
  });
  return { user, grantId, isAdmin, roles };
}

/** The cookie and the answer of a console session that was begun. */
export function signedIn(
  deps: Pick<AdminSignInDeps, 'jwts' | 'clock' | 'cookieSecure'>,
  { user, grantId, isAdmin, roles }: OpenedConsole,
): OperatorSignedIn {
  const issuedAt = Math.floor(deps.clock.now().getTime() / 1000);
  const token = deps.jwts.sign(mark, {
    sub: user.id,
    email: user.email,
    name: user.name,
    admin: isAdmin,
    iat: issuedAt,
    exp: issuedAt + lifeSeconds,
    type: 'admin_access',
    sid: grantId,
  });
  return {
    cookie: adminCookie(deps.cookieSecure, token),
    operator: {
      ...{ id: user.id, email: user.email, name: user.name },
      ...{ admin: isAdmin, roles, expiresIn: lifeSeconds },
    },
  };
}

/**
 * Signs an operator in to the console with e-mail and password.
 * @throws Refusal `mfa_required` when they have a second factor; see also `checkPassword`
 */
export async function signInOperator(
  deps: AdminSignInDeps,
  origin: Origin,
  request: {
    readonly email: string;
    readonly password: string;
    readonly address: string;
    readonly userAgent: string | null;
  },
): Promise<OperatorSignedIn> {
  const checked = await checkPassword(deps, origin, {
    ...request,
    user: await findUserByEmail(deps.database.db, request.email),
  });
  const opened = await deps.database.write(
    { ...origin, actors: [{ kind: 'operator', id: checked.id, label: checked.name }] },
    async (tx) => {
      const user = await lockUser(tx, checked.id);
      if (user?.state !== 'active' || user.passwordHash !== checked.passwordHash)
        return 'invalid_credentials' as const;
      const proved = { amr: ['pwd'], method: 'password' };
      if (user.secondFactors.length > 0)
        return askSecondFactor(tx, user, {
          ...proved,
          door: 'console',
          takesPasskeys: deps.relyingParty.consoleOrigin !== undefined,
        });
      return (await openConsole(deps, tx, user, { ...request, ...proved })) ?? ('not_admin' as const);
    },
  );
  if (opened instanceof Refusal) throw opened;
  if (typeof opened === 'string')
    return refuseSignIn(deps, origin, { email: request.email, userId: checked.id }, new Refusal(opened));
  return signedIn(deps, opened);
}

/** Ends the console session on the server; its cookie is worth nothing from then on. */
export async function signOutOperator(
  deps: Pick<AdminSignInDeps, 'database'>,
  origin: Origin,
  operator: Administrator | Operator,
): Promise<void> {
  await deps.database.write(origin, async (tx) => {
    await endGrants(tx, { grantId: operator.grantId }, 'signed_out');
    tx.record({
      action: 'admin_logout',
      target: { kind: 'user', id: operator.userId, label: operator.name },
    });
  });
}
