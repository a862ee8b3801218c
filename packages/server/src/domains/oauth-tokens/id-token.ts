import { type KeyObject, sign } from 'node:crypto';
import type { SignatureAlgorithm } from '@castellan/contract';
import type { SigningKey, SigningKeys } from '../../platform/keys/signing-keys.ts';
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

/** The key that signs ID tokens of an algorithm now; `undefined` while there is none, which the provider makes. */
export function keyOfAlgorithm(keys: SigningKeys, algorithm: SignatureAlgorithm): SigningKey | undefined {
  if (algorithm === 'EdDSA') return keys.current();
  return keys.published().some((key) => key.algorithm === algorithm) ? keys.current(algorithm) : undefined;
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
  return `${input}.${signatureOf(key, Buffer.from(input)).toString('base64url')}`;
}

function signatureOf({ algorithm, privateKey }: SigningKey, input: Buffer): Buffer {
  switch (algorithm) {
    case 'EdDSA':
      return sign(null, input, privateKey);
    case 'ES256':
      // Two integers of 32 bytes each (RFC 7518 §3.4), never DER.
      return sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    case 'RS256':
      return sign('sha256', input, privateKey);
  }
}
