import {
  adminLogin,
  adminLoginMfa,
  adminLogout,
  adminSession,
  login,
  loginMfa,
  logout,
  refresh,
  sessionsCheck,
} from '@castellan/contract';
import { type Implementation, implement, implementPrepared } from '../../platform/http/implementation.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { createTurns } from '../../platform/turns.ts';
import type { FactorDeps } from '../factors/factor-deps.ts';
import type { Authority } from '../grants/authority.ts';
import { rolesOfOperator } from '../operators/grants-of-operator.ts';
import { type AdminSignInDeps, adminCookie, signInOperator, signOutOperator } from './admin-sign-in.ts';
import { checkFor, readTokens } from './check-sessions.ts';
import { proofOf, proveOperatorsSecondFactor, proveSecondFactor } from './second-step.ts';
import { refreshSession, type SignInDeps, signIn, signOut } from './sign-in.ts';

/** Signatures are checked before the caller is known for this many tokens at the most: strangers must not cost much. */
const tokensReadEarly = 4;

/** Sign-in of people to services, and of operators to the console. */
export function signInRoutes(deps: {
  readonly people: SignInDeps;
  readonly operators: AdminSignInDeps;
  readonly authority: Authority;
  readonly factors: FactorDeps;
}): Implementation[] {
  const { people, operators, authority, factors } = deps;
  const turns = createTurns();
  const read = (tokens: readonly string[]) =>
    readTokens({ authority, jwts: people.jwts, issuer: people.issuer }, tokens);
  return [
    implement(login, (call) =>
      signIn(people, call.origin, {
        ...call.body,
        address: call.address,
        userAgent: call.userAgent,
        siteOrigin: call.siteOrigin,
      }),
    ),
    implement(loginMfa, (call) =>
      proveSecondFactor({ ...people, factors }, call.origin, {
        mfaToken: call.body.mfaToken,
        proof: { method: call.body.method, code: call.body.code },
        address: call.address,
        userAgent: call.userAgent,
        siteOrigin: call.siteOrigin,
      }),
    ),
    implement(refresh, (call) =>
      refreshSession({ ...people, turns }, call.origin, { ...call.body, siteOrigin: call.siteOrigin }),
    ),
    implement(logout, async (call) => {
      await signOut(people, call.origin, call.body.refreshToken);
      return undefined;
    }),
    implementPrepared(
      sessionsCheck,
      async (body) => (body.tokens.length <= tokensReadEarly ? read(body.tokens) : undefined),
      async (call, early) => {
        const tokens = early ?? (await read(call.body.tokens));
        return { results: tokens.map((token) => checkFor(call.principal, token)) };
      },
    ),
    implement(adminLogin, async (call) => {
      const { cookie, operator } = await signInOperator(operators, call.origin, {
        ...call.body,
        address: call.address,
        userAgent: call.userAgent,
      });
      call.setHeader('set-cookie', cookie);
      return operator;
    }),
    implement(adminLoginMfa, async (call) => {
      const { cookie, operator } = await proveOperatorsSecondFactor({ ...operators, factors }, call.origin, {
        mfaToken: call.body.mfaToken,
        proof: proofOf(call.body),
        address: call.address,
        userAgent: call.userAgent,
      });
      call.setHeader('set-cookie', cookie);
      return operator;
    }),
    implement(adminSession, async ({ principal }) => ({
      id: principal.userId,
      email: principal.email,
      name: principal.name,
      admin: principal.kind === 'administrator',
      roles: await rolesOfOperator(operators.database.db, {
        id: principal.userId,
        isAdmin: principal.kind === 'administrator',
      }),
      expiresIn: Math.max(
        0,
        Math.floor((principal.expiresAt.getTime() - operators.clock.now().getTime()) / 1000),
      ),
    })),
    implement(adminLogout, async (call) => {
      // The route accepts admin sessions only, so the principal is an operator.
      await signOutOperator(operators, call.origin, call.principal as Administrator | Operator);
      call.setHeader('set-cookie', adminCookie(operators.cookieSecure));
      return undefined;
    }),
  ];
}
