import * as openid from 'openid-client';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import { FederationProblem } from './federation-problem.ts';
import {
  type Dialect,
  fetchFor,
  isPlain,
  type Profile,
  type ProviderRecord,
  secretAuthentication,
} from './provider-client.ts';

/** The issuer as ID tokens name it. Entra's is its address with the one directory (tenant) that is let in. */
export function issuerOf({
  kind,
  issuer,
  tenant,
}: Pick<ProviderRecord, 'kind' | 'issuer' | 'tenant'>): string {
  return kind === 'entra' ? `${issuer.replace(/\/+$/, '')}/${tenant}/v2.0` : issuer;
}

/** Clocks of two machines differ. */
const clockToleranceSeconds = 60;

async function configure(
  provider: ProviderRecord,
  secret: string,
  fetch: GuardedFetch,
): Promise<openid.Configuration> {
  const issuer = issuerOf(provider);
  return openid.discovery(
    new URL(issuer),
    provider.clientId,
    { client_secret: secret, [openid.clockTolerance]: clockToleranceSeconds },
    secretAuthentication(secret),
    {
      [openid.customFetch]: fetchFor(fetch),
      execute: [
        // ID tokens that come over TLS need no look at their signature (Core §3.1.3.7); it is looked at all the same.
        openid.enableNonRepudiationChecks,
        ...(isPlain(issuer) ? [openid.allowInsecureRequests] : []),
      ],
    },
  );
}

type Claims = Readonly<Record<string, unknown>>;

/** A moment in seconds since 1970 (Core §2), where it is one that can be written down. */
function momentOf(seconds: unknown): Date | undefined {
  return typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** What an operator said of e-mail domains stands in where the provider says nothing; a `false` of it stands. */
function isVerified(provider: ProviderRecord, claims: Claims, email: string | undefined): boolean {
  if (email === undefined) return false;
  const { email_verified: said, xms_edov: domainOwnerVerified } = claims;
  // Some providers write the flag as text.
  if (provider.kind !== 'entra' && said !== undefined) return said === true || said === 'true';
  // Entra has no `email_verified`, and whoever runs a directory can write any address into it. It can be told to say that
  // the domain's owner is the directory's (`xms_edov`).
  if (provider.kind === 'entra' && [true, 1, '1', 'true'].includes(domainOwnerVerified as string))
    return true;
  return provider.trustedEmailDomains.includes(email.slice(email.lastIndexOf('@') + 1));
}

/** Who the claims of one source are about. */
export function profileOf(
  provider: ProviderRecord,
  subject: string,
  claims: Claims,
): Omit<Profile, 'authTime'> {
  const email = textOf(claims.email)?.toLowerCase();
  return {
    subject,
    email,
    emailVerified: isVerified(provider, claims, email),
    name: textOf(claims.name),
    shownAs: textOf(claims.preferred_username),
  };
}

/**
 * OpenID Connect by discovery: Google, Microsoft Entra ID, any issuer. The library checks `state`, `iss` of the answer
 * (RFC 9207) and of the ID token, audience, times, nonce and signature.
 */
export const openIdDialect: Dialect = {
  configure,
  probe: configure,
  requestParameters: ({ nonce, loginHint, again }) => ({
    nonce,
    ...(loginHint ? { login_hint: loginHint } : {}),
    // With `max_age` the provider has to say when the person proved who they are (Core §2, `auth_time`).
    ...(again ? { prompt: 'login', max_age: '0' } : {}),
  }),
  async redeem(provider, configuration, callback, { state, nonce, codeVerifier }) {
    const tokens = await openid.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    if (provider.kind === 'entra' && claims.tid !== provider.tenant)
      throw new FederationProblem('tenant_refused', {
        provider: provider.name,
        detail: 'tid is another one',
      });
    const authTime = momentOf(claims.auth_time);
    const fromToken = { ...profileOf(provider, claims.sub, claims), authTime };
    // Many issuers tell the e-mail at their userinfo endpoint alone (Core §5.4); what it says is taken as a whole.
    if (fromToken.email !== undefined || !configuration.serverMetadata().userinfo_endpoint) return fromToken;
    if (provider.kind === 'entra') return fromToken;
    const told = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    const profile = profileOf(provider, claims.sub, { ...told, preferred_username: told.preferred_username });
    return { ...profile, authTime };
  },
};
