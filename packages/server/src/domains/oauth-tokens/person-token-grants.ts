import { hash, timingSafeEqual } from 'node:crypto';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import { looksLikeToken, newToken, tokenDigest, writeToken } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { artifactDigest } from '../oauth/artifact-store.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import type { TokenEndpointDeps } from './introspect.ts';
import { type OAuthAnswer, OAuthError, type OAuthRequest } from './oauth-message.ts';
import { issueTokens, planTokens, refreshPayload } from './person-tokens.ts';
import type { CodeSource, RefreshSource, SourceQuestion, TokenSources } from './token-sources.ts';
import type { CodeUse, RefreshUse, TokenUses } from './token-uses.ts';

/** What the token endpoint's short way for people stands on. */
export interface PersonTokenDeps extends TokenEndpointDeps {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly vault: Vault;
  readonly sources: TokenSources;
  readonly uses: TokenUses;
}

const proof = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'resource',
];
const codeParameters = new Set([...proof, 'code', 'redirect_uri', 'code_verifier']);
const refreshParameters = new Set([...proof, 'refresh_token']);
/** RFC 7636 §4.1. */
const verifierForm = /^[\w.~-]{43,128}$/;

/**
 * The exchange of a code (RFC 6749 §4.1.3, RFC 7636) where nothing is out of the ordinary: one shared look-up, and one
 * shared statement that uses the code up and writes the refresh token. It says exactly what the provider would say.
 * Whatever is out of the ordinary, and every refusal, is left to the provider, with nothing written: it tells why, and ends
 * what a code that came back has given.
 * @returns `undefined` where the provider is to answer
 */
export async function exchangeCode(
  deps: PersonTokenDeps,
  request: OAuthRequest,
): Promise<OAuthAnswer | undefined> {
  const { form } = request;
  const credentials = ordinaryCredentials(request, codeParameters);
  const { code, redirect_uri: redirectUri, code_verifier: verifier } = form;
  if (!credentials || typeof code !== 'string' || typeof verifier !== 'string') return undefined;
  const digest = artifactDigest('AuthorizationCode', code);
  const source = await deps.sources.findCode(questionOf(credentials, digest));
  if (!source) return undefined;
  const payload = JSON.parse(
    deps.vault.open('oauth-artifacts', source.sealed, digest.toString('base64url')).toString(),
  ) as Record<string, unknown>;
  if (payload.redirectUri !== redirectUri || !provesPossession(verifier, payload)) return undefined;
  if (payload.accountId !== source.grant.userId) return undefined;
  const plan = planTokens(deps, source, payload, 'authorization_code', form.resource);
  if (!plan) return undefined;
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  let refreshToken: string | undefined;
  let use: CodeUse = { digest, refreshToken: null };
  if (source.client.grantTypes.split(' ').includes('refresh_token')) {
    const kept = refreshPayload(payload, { gty: 'authorization_code', rotations: 0, iat: now, iiat: now });
    if (kept === undefined) return undefined;
    refreshToken = newToken('crt_');
    use = { digest, refreshToken: { digest: tokenDigest(refreshToken), payload: kept } };
  }
  const used = await useUp(deps, request, credentials, source, {
    together: () => deps.uses.useCode(use),
    within: (tx) => deps.uses.useCodeIn(tx, use),
  });
  return used ? issueTokens(deps, plan, now, refreshToken) : undefined;
}

/**
 * The use of a refresh token (RFC 6749 §6) for the first time, which rotates it: like {@link exchangeCode}. A token that
 * comes back, whether its answer was lost or it was copied, is the provider's to judge (RFC 9700 §4.14).
 * @returns `undefined` where the provider is to answer
 */
export async function renewTokens(
  deps: PersonTokenDeps,
  request: OAuthRequest,
): Promise<OAuthAnswer | undefined> {
  const { form } = request;
  const credentials = ordinaryCredentials(request, refreshParameters);
  const { refresh_token: token } = form;
  if (!credentials || typeof token !== 'string' || !looksLikeToken('crt_', token)) return undefined;
  const digest = tokenDigest(token);
  const source = await deps.sources.findRefreshToken(questionOf(credentials, digest));
  if (!source) return undefined;
  const { payload, grant } = source;
  const plan = planTokens(deps, source, payload, 'refresh_token', form.resource);
  const { gty, rotations, iiat } = payload;
  if (!plan || typeof gty !== 'string' || typeof rotations !== 'number' || typeof iiat !== 'number')
    return undefined;
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  const kept = refreshPayload(payload, {
    gty: gty.endsWith('refresh_token') ? gty : `${gty} refresh_token`,
    rotations: rotations + 1,
    iat: now,
    iiat,
  });
  if (kept === undefined) return undefined;
  // The successor is derived: a client whose answer was lost asks again and gets the same.
  const successor = writeToken('crt_', deps.vault.derive('refresh-successors', token));
  const use: RefreshUse = {
    digest,
    grantId: grant.id,
    successor: { digest: tokenDigest(successor), payload: kept },
  };
  const used = await useUp(deps, request, credentials, source, {
    together: () => deps.uses.useRefreshToken(use),
    within: (tx) => deps.uses.useRefreshTokenIn(tx, use),
  });
  return used ? issueTokens(deps, plan, now, successor) : undefined;
}

/** The credentials of a request that holds these parameters only, each once; `undefined` for any other. */
function ordinaryCredentials(
  request: OAuthRequest,
  parameters: ReadonlySet<string>,
): Exclude<Credentials, { method: 'service_key' }> | undefined {
  for (const [name, value] of Object.entries(request.form))
    if (typeof value !== 'string' || !parameters.has(name)) return undefined;
  try {
    const credentials = readCredentials(request);
    return credentials.method === 'service_key' ? undefined : credentials;
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

function questionOf(
  credentials: Exclude<Credentials, { method: 'service_key' }>,
  digest: Buffer,
): SourceQuestion {
  return {
    clientId: credentials.clientId,
    secretDigest: credentials.method === 'client_secret' ? tokenDigest(credentials.secret) : null,
    digest,
  };
}

/** Whether whoever brings the code is who asked for it (RFC 7636 §4.6). */
function provesPossession(verifier: string, payload: Readonly<Record<string, unknown>>): boolean {
  const { codeChallenge, codeChallengeMethod } = payload;
  if (codeChallengeMethod !== 'S256' || typeof codeChallenge !== 'string') return false;
  if (!verifierForm.test(verifier)) return false;
  const expected = Buffer.from(codeChallenge);
  const given = Buffer.from(hash('sha256', verifier, 'base64url'));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

const leftToTheProvider = new Error('The provider answers this request');

/** Checks the client's proof and uses up what it brought. An assertion is used up together with that, or not at all. */
async function useUp(
  deps: PersonTokenDeps,
  request: OAuthRequest,
  credentials: Credentials,
  { client }: CodeSource | RefreshSource,
  ways: { readonly together: () => Promise<boolean>; readonly within: (tx: Transaction) => Promise<boolean> },
): Promise<boolean> {
  try {
    const { assertion } = await deps.clients.check(credentials, { client, service: null, keyId: null });
    if (!assertion) return await ways.together();
    const origin = { actors: [], address: request.address, correlationId: request.correlationId };
    await deps.database.write(origin, async (tx) => {
      const isNew = (await tx.query(assertion.query, assertion.values)).length === 1;
      if (!isNew || !(await ways.within(tx))) throw leftToTheProvider;
    });
    return true;
  } catch (error) {
    if (error === leftToTheProvider || error instanceof OAuthError) return false;
    throw error;
  }
}
