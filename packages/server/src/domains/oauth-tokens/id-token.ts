import type { KeyObject } from 'node:crypto';
import { signInput } from '../../platform/keys/compact-jws.ts';
import type { SigningKey } from '../../platform/keys/signing-keys.ts';
import type { OAuthGrant } from '../oauth/oauth-grants.ts';
import { oauthLives } from '../oauth/provider-configuration.ts';

/** What an ID token tells of a sign-in, as the code and the refresh token of it keep that. */
export interface SignInTold {
  readonly acr?: unknown;
  readonly amr?: unknown;
  /** In seconds. */
  readonly authTime?: unknown;
  readonly nonce?: unknown;
  readonly sid?: unknown;
}

/**
 * Writes an ID token (OpenID Connect Core §2) with the claims that the provider's have: how and when they signed in, and
 * of the person what the scopes open (§5.4).
 */
export function writeIdToken(
  key: SigningKey,
  token: {
    readonly issuer: string;
    readonly clientId: string;
    /** In seconds. */
    readonly issuedAt: number;
    readonly grant: OAuthGrant;
    readonly told: SignInTold;
    /** The scopes that are both asked for and granted. */
    readonly scopes: readonly string[];
  },
): string {
  const { grant, told, scopes, issuedAt } = token;
  return signCompact(key, {
    sub: grant.userId,
    acr: told.acr,
    amr: told.amr,
    auth_time: told.authTime,
    ...(scopes.includes('profile')
      ? { name: grant.name, updated_at: Math.floor(grant.userUpdatedAt.getTime() / 1000) }
      : {}),
    ...(scopes.includes('email') ? { email: grant.email, email_verified: grant.emailVerified } : {}),
    nonce: told.nonce,
    sid: told.sid,
    aud: token.clientId,
    exp: issuedAt + oauthLives.IdToken,
    iat: issuedAt,
    iss: token.issuer,
  });
}

const headers = new WeakMap<KeyObject, string>();

function headerOf({ algorithm, kid, privateKey }: SigningKey): string {
  let header = headers.get(privateKey);
  if (!header) {
    header = Buffer.from(JSON.stringify({ alg: algorithm, kid })).toString('base64url');
    headers.set(privateKey, header);
  }
  return header;
}

function signCompact(key: SigningKey, claims: Readonly<Record<string, unknown>>): string {
  const input = `${headerOf(key)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${signInput(key.algorithm, key.privateKey, Buffer.from(input)).toString('base64url')}`;
}
