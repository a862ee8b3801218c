import type { AccountFrame } from './domains/account/account-frame.ts';
import { accountRoutes } from './domains/account/account-routes.ts';
import { consentRoutes } from './domains/account/consent-routes.ts';
import { deviceRoutes } from './domains/account/device-routes.ts';
import { createLinkLimits } from './domains/account/link-limits.ts';
import { createLinkRequests } from './domains/account/link-requests.ts';
import { securityRoutes } from './domains/account/security-routes.ts';
import type { SignInCompletion } from './domains/account/sign-in-completed.ts';
import { signInPages } from './domains/account/sign-in-pages.ts';
import type { BrowserSessions } from './domains/browser-sessions/browser-session.ts';
import type { IsEasyToGuess } from './domains/factors/easy-to-guess.ts';
import type { FactorDeps } from './domains/factors/factor-deps.ts';
import { createPasskeyLimits } from './domains/factors/passkey-limits.ts';
import { factorRoutes } from './domains/factors/routes.ts';
import { federationRoutes } from './domains/federation/routes.ts';
import type { Interactions } from './domains/oauth/interactions.ts';
import type { PasswordHasher } from './domains/sign-in/password-hasher.ts';
import { createSignInLimits } from './domains/sign-in/sign-in-limits.ts';
import type { Clock } from './platform/clock.ts';
import type { Settings } from './platform/config.ts';
import type { Database } from './platform/database/transaction.ts';
import type { Implementation } from './platform/http/implementation.ts';
import type { Cursors } from './platform/http/keyset.ts';
import type { Jwts } from './platform/keys/jwt.ts';
import type { Vault } from './platform/secrets/vault.ts';

/** What people meet in a browser: ways to sign in, consent, their own pages. One half of the composition root. */
export function browserParts(parts: {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly hasher: PasswordHasher;
  readonly passwords: { readonly jwts: Jwts; readonly adminEmails: readonly string[] };
  readonly frame: AccountFrame;
  readonly browserSessions: BrowserSessions;
  readonly completion: SignInCompletion;
  readonly factors: FactorDeps;
  readonly interactions: Interactions;
  readonly isEasyToGuess: IsEasyToGuess;
  readonly passkeyScripts: readonly string[];
}): Implementation[] {
  const { settings, database, clock, vault, cursors, hasher, frame, browserSessions, completion, factors } =
    parts;
  const { interactions, isEasyToGuess, passkeyScripts } = parts;
  const { pool } = database;
  const secure = settings.COOKIE_SECURE;
  const registrationOpen = settings.REGISTRATION === 'open';
  const passwordCheck = {
    database,
    hasher,
    limits: createSignInLimits(pool, 'service'),
    refusedAction: 'user_login_refused',
  } as const;
  return [
    ...factorRoutes({ factors, browserSessions, completion, limits: createPasskeyLimits(pool), secure }),
    ...federationRoutes({
      database,
      vault,
      clock,
      cursors,
      urls: { publicUrl: settings.PUBLIC_URL, adminUrl: settings.ADMIN_URL },
      rules: { registrationOpen, adminEmails: settings.ADMIN_EMAILS },
      frame,
      completion,
      browserSessions,
      console: { ...parts.passwords, clock, cookieSecure: secure, relyingParty: factors.relyingParty },
      outboundAllow: settings.OUTBOUND_ALLOW,
      secure,
    }),
    ...signInPages({
      database,
      clock,
      frame,
      browserSessions,
      completion,
      factors,
      links: createLinkRequests({ database, vault, limits: createLinkLimits(pool), secure }),
      passwords: passwordCheck,
      isEasyToGuess,
      registrationOpen,
      passkeyScripts,
      secure,
    }),
    ...accountRoutes({ database, frame, clock, cursors, hasher, isEasyToGuess, passwordCheck, secure }),
    ...consentRoutes({ database, clock, browserSessions, interactions, frame }),
    ...deviceRoutes({
      database,
      browserSessions,
      interactions,
      frame,
      clock,
      limits: createSignInLimits(pool, 'device'),
    }),
    ...securityRoutes({ database, frame, clock, vault, browserSessions, passkeyScripts }),
  ];
}
