import { randomUUID } from 'node:crypto';
import { tokenKinds } from '@castellan/contract';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import type { TokenFacts } from '../grants/authority.ts';
import { serviceTokenSeconds } from '../oauth/access-tokens.ts';
import { openidScopeNames, spellingsOf } from '../oauth/resources.ts';
import type { TokenEndpointDeps } from './introspect.ts';
import { answer, type OAuthAnswer, OAuthError, type OAuthRequest } from './oauth-message.ts';

/** What an ordinary request may hold; any other parameter is for the provider to judge. */
const ordinary = [
  'grant_type',
  'scope',
  'resource',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
];

/**
 * A service's own token (RFC 6749 §4.4), for a registered client and its own service: by far the most frequent of what
 * the token endpoint is asked, and it needs one shared look-up and one signature. It says exactly what the provider's would
 * say. Whatever is out of the ordinary, and every refusal, is left to the provider.
 * @returns `undefined` where the provider is to answer
 */
export async function issueServiceToken(
  deps: TokenEndpointDeps & { readonly keys: SigningKeys },
  request: OAuthRequest,
): Promise<OAuthAnswer | undefined> {
  const { form } = request;
  const isOrdinary = Object.entries(form).every(
    ([name, value]) => ordinary.includes(name) && typeof value === 'string',
  );
  if (!isOrdinary) return undefined;
  const scopes = typeof form.scope === 'string' && form.scope !== '' ? form.scope.split(' ') : [];
  let facts: TokenFacts;
  try {
    ({ facts } = await deps.clients.admit(request, {}, (known) => {
      // A key that is not there yet, the provider makes.
      if (!isPlain(known, scopes, form.resource) || !deps.keys.has(known.client!.accessTokenAlgorithm))
        throw leftToTheProvider;
    }));
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
  const { client, service } = facts;
  if (!client || !service) return undefined;
  const issuedAt = Math.floor(deps.clock.now().getTime() / 1000);
  const scope = scopes.length === 0 ? {} : { scope: scopes.join(' ') };
  const claims = {
    iss: deps.issuer,
    sub: client.clientId,
    aud: service.name,
    iat: issuedAt,
    exp: issuedAt + serviceTokenSeconds,
    jti: randomUUID(),
    client_id: client.clientId,
    ...scope,
  };
  const token = deps.jwts.sign(tokenKinds.user_access.mark, claims, client.accessTokenAlgorithm);
  return answer({ access_token: token, expires_in: serviceTokenSeconds, token_type: 'Bearer', ...scope });
}

const leftToTheProvider = new OAuthError('invalid_request', 'for the provider to answer');

/** Whether a registered client asks for its own service, for scopes that it was registered with, each once. */
function isPlain({ client, service }: TokenFacts, scopes: readonly string[], resource: unknown): boolean {
  if (!client || !service) return false;
  const allowed = client.allowedScopes.split(' ');
  return (
    client.origin === 'registered' &&
    client.authMethod !== 'none' &&
    client.grantTypes.split(' ').includes('client_credentials') &&
    new Set(scopes).size === scopes.length &&
    scopes.every((name) => allowed.includes(name) && !openidScopeNames.includes(name)) &&
    (resource === undefined || (typeof resource === 'string' && spellingsOf(service).includes(resource)))
  );
}
