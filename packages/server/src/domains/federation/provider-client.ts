import * as openid from 'openid-client';
import type { identityProviders } from '../../platform/database/schema.ts';
import { type GuardedFetch, OutboundError } from '../../platform/http/guarded-fetch.ts';
import { FederationProblem } from './federation-problem.ts';

/** A provider as it is stored. */
export type ProviderRecord = typeof identityProviders.$inferSelect;

/** What a browser is sent away with. */
export interface Departure {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly loginHint?: string | undefined;
  /** The provider is to ask again, although the person is signed in there. */
  readonly again?: boolean | undefined;
}

/** Who came back, as the provider says. */
export interface Profile {
  readonly subject: string;
  /** In lower case. */
  readonly email: string | undefined;
  /** Whether the e-mail may be acted on: the provider says that it is verified, or an operator trusts its domain. */
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  /** What the provider calls the person where it gives no e-mail; to be shown, never to be trusted. */
  readonly shownAs: string | undefined;
  /** When they proved there who they are, as the provider signed it (`auth_time`); `undefined` where it does not say. */
  readonly authTime: Date | undefined;
}

/** What one kind of provider does differently. */
export interface Dialect {
  /** @throws when the provider can't be asked */
  configure(provider: ProviderRecord, secret: string, fetch: GuardedFetch): Promise<openid.Configuration>;
  /** Asks the provider whether it is there and described rightly. @throws when it is not */
  probe(provider: ProviderRecord, secret: string, fetch: GuardedFetch): Promise<unknown>;
  /** Parameters of the authorization request beyond those of every kind. */
  requestParameters(departure: Departure): Record<string, string>;
  /** Trades the code and reads who came. */
  redeem(
    provider: ProviderRecord,
    configuration: openid.Configuration,
    callback: URL,
    departure: Pick<Departure, 'state' | 'nonce' | 'codeVerifier'>,
  ): Promise<Profile>;
}

/**
 * The address to send a browser to (RFC 6749 §4.1.1) with PKCE S256 (RFC 7636).
 * @throws FederationProblem `answer_refused`
 */
export async function authorizationAddress(
  dialect: Dialect,
  provider: ProviderRecord,
  configuration: openid.Configuration,
  departure: Departure,
): Promise<string> {
  try {
    return openid.buildAuthorizationUrl(configuration, {
      response_type: 'code',
      redirect_uri: departure.redirectUri,
      scope: provider.scopes.join(' '),
      state: departure.state,
      code_challenge: await openid.calculatePKCECodeChallenge(departure.codeVerifier),
      code_challenge_method: 'S256',
      ...dialect.requestParameters(departure),
    }).href;
  } catch (error) {
    // The provider's description names the endpoint; one that is not of the web is refused.
    throw asFederationProblem(error, provider);
  }
}

/**
 * Makes one client authentication of the two that take a secret: what the provider's description names, and Basic where it
 * names none (OpenID Connect Discovery §3).
 */
export function secretAuthentication(secret: string): openid.ClientAuth {
  const basic = openid.ClientSecretBasic(secret);
  const post = openid.ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate = methods.includes('client_secret_basic') ? basic : post;
    return authenticate(server, client, body, headers);
  };
}

/** Settings of every client: our own `fetch`, and plain HTTP exactly where the operator named the host. */
export function useFetch(configuration: openid.Configuration, fetch: GuardedFetch, address: string): void {
  configuration[openid.customFetch] = fetchFor(fetch);
  if (isPlain(address)) openid.allowInsecureRequests(configuration);
}

/** `fetch` as openid-client wants it; a guarded fetch follows no redirect, as it asks for. */
export function fetchFor(fetch: GuardedFetch): openid.CustomFetch {
  return (address, { body, headers, method, signal }) => {
    if (body instanceof ReadableStream) throw new TypeError('nothing here sends a stream');
    return fetch(address, { body, headers, method, signal });
  };
}

/** Whether an address is spoken to without TLS. The guarded fetch refuses that for every host that is not named. */
export function isPlain(address: string): boolean {
  return new URL(address).protocol === 'http:';
}

/** The first failure to reach an address, in an error or what caused it. */
function outboundCause(error: unknown): OutboundError | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++)
    if (at instanceof OutboundError) return at;
  return undefined;
}

interface ProtocolError {
  readonly code?: string;
  readonly error?: string;
  readonly status?: number;
  readonly cause?: { readonly status?: number };
}

/**
 * What an error of the protocol means to the person: they cancelled, the provider is down, or what it answered is not to
 * be trusted.
 */
export function asFederationProblem(error: unknown, provider: ProviderRecord): FederationProblem {
  if (error instanceof FederationProblem) return error;
  const facts = { provider: provider.name };
  const outbound = outboundCause(error);
  if (outbound)
    return new FederationProblem('provider_unavailable', { ...facts, detail: outbound.message }, error);
  const { error: oauthError, status = 0, cause } = error as ProtocolError;
  if (oauthError === 'access_denied') return new FederationProblem('cancelled', facts, error);
  const detail = describe(error);
  const isDown =
    oauthError === 'temporarily_unavailable' ||
    oauthError === 'server_error' ||
    Math.max(status, cause?.status ?? 0) >= 500;
  return new FederationProblem(
    isDown ? 'provider_unavailable' : 'answer_refused',
    { ...facts, detail },
    error,
  );
}

/** An error in one line, without the claims and tokens that its cause may hold. */
function describe(error: unknown): string {
  const { code, error: oauthError } = error as ProtocolError;
  const message = error instanceof Error ? error.message : String(error);
  return oneLine([oauthError, code, message].filter(Boolean).join(': '), 300);
}

/** Text of somebody else's, fit for an event: on one line, of whole characters, not without end. */
export function oneLine(text: string, longest: number): string {
  return text
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .slice(0, longest)
    .trim();
}
