import { after, type Clock } from '../../platform/clock.ts';
import type { Database, PreparedQuery } from '../../platform/database/transaction.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { AskingClient, Authority, TokenFacts, TokenQuestion } from '../grants/authority.ts';
import { artifactDigest } from '../oauth/artifact-store.ts';
import { readClientAssertion } from './client-assertion.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { OAuthError, type OAuthRequest } from './oauth-message.ts';
import type { RemoteKeys } from './remote-keys.ts';

/** Who calls an endpoint of ours, once it has proved it. */
export interface TokenCaller {
  readonly kind: 'service';
  /** The service, itself by key or through one of its clients; `null` for clients that registered themselves. */
  readonly service: {
    readonly id: string;
    readonly name: string;
    readonly resourceUri: string | null;
  } | null;
  /** The client that it came as; `null` for a service key. */
  readonly client: {
    readonly id: string;
    readonly clientId: string;
    /** The ways to tokens that it may use, with spaces between them. */
    readonly grantTypes: string;
  } | null;
  /** Whether it proved anything: a public client only says its name. */
  readonly isConfidential: boolean;
}

/** What {@link ClientAuthentication} stands on. */
export interface ClientAuthenticationDeps {
  readonly authority: Authority;
  readonly database: Database;
  readonly clock: Clock;
  readonly issuer: string;
  readonly remoteKeys: RemoteKeys;
  readonly noteKeyUse: (keyId: string) => void;
  readonly noteSecretUse: (secretId: string) => void;
}

/**
 * Client authentication of introspection, revocation and exchange: `client_secret_basic`, `client_secret_post`,
 * `private_key_jwt`, or a service key as bearer. The question about the caller and the one about a token leave together.
 */
export interface ClientAuthentication {
  /**
   * Authenticates the caller and reads the facts of a token with the same query.
   * @param about what else is asked; answered whether or not the caller is admitted, so nothing of it may be used before
   * @throws OAuthError `invalid_request`, `invalid_client`
   */
  admit(
    request: OAuthRequest,
    about?: TokenQuestion,
    /** Looks at what is known before an assertion is used up; to throw here leaves it unused. */
    beforehand?: (facts: TokenFacts) => void,
  ): Promise<{ readonly caller: TokenCaller; readonly facts: TokenFacts }>;
  /**
   * Checks the proof of a caller that was looked up together with something else.
   * @returns who it is, and the assertion that is still to be used up, where that was the proof
   * @throws OAuthError `invalid_client`
   */
  check(
    credentials: Credentials,
    facts: CallerFacts,
  ): Promise<{ readonly caller: TokenCaller; readonly assertion: UnusedAssertion | undefined }>;
}

/** What has to be known of a caller. */
export interface CallerFacts extends Pick<TokenFacts, 'service' | 'keyId'> {
  readonly client: AskingClient | null;
}

/** An assertion whose signature is right; its row says once that it was used (RFC 7523 §3, point 7). */
export interface UnusedAssertion {
  /** Answers with one row where the assertion was new, and writes that it is not any more. */
  readonly query: PreparedQuery;
  readonly values: readonly unknown[];
}

const failed = (): OAuthError => new OAuthError('invalid_client', 'client authentication failed');

/** Makes the one way by which clients and services prove themselves to endpoints of ours. */
export function createClientAuthentication(deps: ClientAuthenticationDeps): ClientAuthentication {
  return {
    async admit(request, about, beforehand) {
      const credentials = readCredentials(request);
      const facts = await deps.authority.tokenFacts({ ...about, ...questionAboutCaller(credentials) });
      beforehand?.(facts);
      const { caller, assertion } = await checkCaller(deps, credentials, facts);
      if (assertion) {
        const { rows } = await deps.database.pool.query({
          ...assertion.query,
          values: [...assertion.values],
        });
        if (rows.length !== 1) throw failed();
      }
      return { caller, facts };
    },
    check: (credentials, facts) => checkCaller(deps, credentials, facts),
  };
}

function questionAboutCaller(credentials: Credentials): TokenQuestion {
  switch (credentials.method) {
    case 'service_key':
      return { keyDigest: tokenDigest(credentials.key) };
    case 'client_secret':
      // Compared by the digest of 256 random bits, in an index: how long that takes tells nothing of the secret.
      return { clientId: credentials.clientId, secretDigest: tokenDigest(credentials.secret) };
    case 'private_key_jwt':
    case 'none':
      return { clientId: credentials.clientId };
  }
}

async function checkCaller(
  deps: ClientAuthenticationDeps,
  credentials: Credentials,
  facts: CallerFacts,
): ReturnType<ClientAuthentication['check']> {
  const { service, client } = facts;
  if (credentials.method === 'service_key') {
    if (!service || facts.keyId === null) throw failed();
    deps.noteKeyUse(facts.keyId);
    return {
      caller: { kind: 'service', service, client: null, isConfidential: true },
      assertion: undefined,
    };
  }
  // An unknown client and a wrong secret are told alike.
  if (!client) throw failed();
  let assertion: UnusedAssertion | undefined;
  switch (credentials.method) {
    case 'client_secret':
      if (!/^client_secret_(basic|post)$/.test(client.authMethod) || client.secretId === null) throw failed();
      deps.noteSecretUse(client.secretId);
      break;
    case 'private_key_jwt':
      if (client.authMethod !== 'private_key_jwt') throw failed();
      assertion = await checkAssertion(deps, credentials, client);
      break;
    case 'none':
      if (client.authMethod !== 'none') throw failed();
  }
  const { id, clientId, grantTypes } = client;
  const isConfidential = credentials.method !== 'none';
  return {
    caller: { kind: 'service', service, client: { id, clientId, grantTypes }, isConfidential },
    assertion,
  };
}

async function checkAssertion(
  deps: ClientAuthenticationDeps,
  credentials: Extract<Credentials, { method: 'private_key_jwt' }>,
  client: AskingClient,
): Promise<UnusedAssertion> {
  const { clock, issuer, remoteKeys } = deps;
  const { clientId } = client;
  const read = readClientAssertion(credentials.assertion, { clientId, issuer, clock });
  if (!read) throw failed();
  const signed = client.jwks
    ? read.isSignedBy(client.jwks.keys)
    : client.jwksUri !== null && (await remoteKeys.try(client.jwksUri, read.isSignedBy));
  if (!signed) throw failed();
  const now = clock.now();
  // The same row as the provider's, so that an assertion used at one endpoint is used at all.
  const digest = artifactDigest('ReplayDetection', `${clientId} ${read.jti}`);
  return {
    query: useOnceQuery,
    values: [digest, now, after(now, read.exp - now.getTime() / 1000 + 60)],
  };
}

/** Of any number of tries, at whichever endpoint and replica, one is told of a row. */
const useOnceQuery = {
  name: 'use client assertion',
  text: `
INSERT INTO oauth_artifacts (digest, model, payload_sealed, created_at, expires_at) VALUES ($1, 'ReplayDetection', '', $2, $3)
ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at WHERE oauth_artifacts.expires_at < $2 RETURNING 1 AS one`,
};
