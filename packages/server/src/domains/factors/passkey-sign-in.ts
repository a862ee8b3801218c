import { randomBytes } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { type PendingDoor, passkeys } from '../../platform/database/schema.ts';
import { hostCookieName, readCookie, writeCookie } from '../../platform/http/cookies.ts';
import { Refusal } from '../../platform/refusal.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { FactorDeps } from './factor-deps.ts';
import { lockOwner } from './held-factors.ts';
import { takePasskey } from './passkey-assertion.ts';
import { challengeLifeSeconds, newChallenge } from './passkey-challenges.ts';
import { readPending } from './pending-sign-in.ts';
import { webAuthn } from './web-authn.ts';

/** The cookie that ties the challenges of a sign-in page to the browser that it was shown in. */
const browserCookie = 'castellan_passkey';

/** What was proved by a passkey that verified its user (RFC 8176): two factors at once. */
export const passkeyAmr = ['swk', 'user', 'mfa'] as const;

interface Cookies {
  readonly cookies: string | undefined;
  setHeader(name: string, value: string): void;
}

/** Options by which the sign-in page asks for any passkey of this platform; its owner needs no name. */
export async function signInOptions(
  deps: FactorDeps,
  call: Cookies,
  secure: boolean,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const held = readCookie(call.cookies, hostCookieName(browserCookie, secure));
  // Kept where it is there: two tabs of one browser ask at the same time.
  const browser = held && /^[\w-]{43}$/.test(held) ? held : randomBytes(32).toString('base64url');
  const cookie = { secure, maxAgeSeconds: challengeLifeSeconds, sameSite: 'Strict' } as const;
  call.setHeader('set-cookie', writeCookie(browserCookie, browser, cookie));
  return optionsFor(
    deps,
    await newChallenge(deps.database.db, deps.clock.now(), {
      purpose: 'sign_in',
      binding: tokenDigest(browser),
    }),
  );
}

async function optionsFor(
  { relyingParty }: Pick<FactorDeps, 'relyingParty'>,
  challenge: Uint8Array<ArrayBuffer>,
  allowed: readonly { readonly credentialId: Buffer; readonly transports: readonly string[] }[] = [],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await webAuthn();
  return generateAuthenticationOptions({
    rpID: relyingParty.id,
    challenge,
    timeout: challengeLifeSeconds * 1000,
    userVerification: 'required',
    ...(allowed.length > 0
      ? {
          allowCredentials: allowed.map(({ credentialId, transports }) => ({
            id: credentialId.toString('base64url'),
            transports: transports as ('internal' | 'usb')[],
          })),
        }
      : {}),
  });
}

/**
 * Who signs in with a passkey, and that they may.
 * @returns the person's id; the sign-in itself is the caller's to complete
 * @throws Refusal `passkey_refused`, told in the timeline where it was somebody's passkey
 */
export async function signInByPasskey(
  deps: FactorDeps,
  origin: Origin,
  cookies: string | undefined,
  secure: boolean,
  response: AuthenticationResponseJSON,
): Promise<string> {
  const browser = readCookie(cookies, hostCookieName(browserCookie, secure));
  if (browser === undefined) throw new Refusal('passkey_refused');
  const taken = await deps.database.write(origin, async (tx) => {
    const result = await takePasskey(deps, tx, {
      response,
      purpose: 'sign_in',
      binding: tokenDigest(browser),
      origin: deps.relyingParty.publicOrigin,
    });
    if (!result.ok && result.userId !== undefined) {
      const { id, name } = await lockOwner(tx, result.userId);
      tx.record({
        action: 'user_login_refused',
        target: { kind: 'user', id, label: name },
        detail: { method: 'passkey', reason: result.reason },
      });
    }
    return result;
  });
  if (!taken.ok) throw new Refusal('passkey_refused');
  return taken.userId;
}

/**
 * Options by which a page asks for a passkey of the person whose sign-in waits.
 * @throws Refusal `token_invalid` when none waits, or the person has no passkey
 */
export async function secondFactorOptions(
  deps: FactorDeps,
  door: PendingDoor,
  token: string | undefined,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const pending = token === undefined ? undefined : await readPending(deps, door, token);
  if (!pending) throw new Refusal('token_invalid');
  return passkeyOptionsFor(deps, pending.userId, tokenDigest(token!));
}

/**
 * Options by which a page asks for a passkey of a person as their second factor.
 * @param binding ties the challenge to whatever waits for the answer
 * @throws Refusal `token_invalid` when the person has none
 */
export async function passkeyOptionsFor(
  deps: FactorDeps,
  userId: string,
  binding: Buffer,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const own = await deps.database.db
    .select({ credentialId: passkeys.credentialId, transports: passkeys.transports })
    .from(passkeys)
    .where(eq(passkeys.userId, userId));
  if (own.length === 0) throw new Refusal('token_invalid');
  const challenge = await newChallenge(deps.database.db, deps.clock.now(), {
    purpose: 'second_factor',
    binding,
  });
  return optionsFor(deps, challenge, own);
}
