import type { ClientAuthMethod, ClientGrantType, SignatureAlgorithm } from '@castellan/contract';
import type { AdapterPayload } from 'oidc-provider';
import { isLoopbackAddress } from '../../platform/check-address.ts';
import { type ClientSettings, ordinaryClient } from '../clients/check-client.ts';
import type { Client } from '../clients/find-client.ts';
import { openidScopeNames } from './resources.ts';

/** Stands where the library wants a secret; no client can send it, since ours are compared by digest. */
const secretKeptAsDigest = 'kept as a digest';

/**
 * Whether nobody vouches for a client that would act in its own name. No person is asked for such tokens (RFC 6749 §4.4), so
 * that whoever can describe or register a client would have every scope of every service.
 */
export function actsUnregistered(client: Pick<Client, 'origin'>, grantType: string): boolean {
  return client.origin !== 'registered' && !grantTypesForPeople.includes(grantType);
}

const grantTypesForPeople: readonly string[] = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
];

/** A client in the words of OpenID Connect Registration §2; what the library does not know is left out. */
export function metadataOf(client: Client): AdapterPayload {
  const usesCode = client.grantTypes.includes('authorization_code');
  const scopes = client.allowedScopes.filter((name) => openidScopeNames.includes(name));
  const takesSecret = client.tokenEndpointAuthMethod.startsWith('client_secret');
  return {
    client_id: client.clientId,
    client_name: client.name,
    application_type: client.applicationType,
    redirect_uris: [...client.redirectUris],
    response_types: usesCode ? ['code'] : [],
    grant_types: client.grantTypes.filter((grantType) => !actsUnregistered(client, grantType)),
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    ...(takesSecret ? { client_secret: secretKeptAsDigest } : {}),
    ...(client.jwks ? { jwks: structuredClone(client.jwks) as NonNullable<AdapterPayload['jwks']> } : {}),
    ...(client.jwksUri === null ? {} : { jwks_uri: client.jwksUri }),
    ...(client.clientUri === null ? {} : { client_uri: client.clientUri }),
    // Logos of registered clients are pictures in a data: address, which the library takes for no address.
    ...(client.logoUri?.startsWith('https:') ? { logo_uri: client.logoUri } : {}),
    ...(client.backchannelLogoutUri === null
      ? {}
      : {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  };
}

/** What a client told of itself, in our words. */
export function settingsOf(metadata: AdapterPayload): ClientSettings {
  const redirectUris = metadata.redirect_uris ?? [];
  return {
    ...ordinaryClient,
    name: (metadata.client_name ?? 'An application').slice(0, 120),
    applicationType: metadata.application_type ?? applicationTypeOf(redirectUris),
    redirectUris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
    grantTypes: (metadata.grant_types ?? ['authorization_code']) as readonly ClientGrantType[],
    tokenEndpointAuthMethod: (metadata.token_endpoint_auth_method ??
      'client_secret_basic') as ClientAuthMethod,
    jwks: (metadata.jwks as ClientSettings['jwks']) ?? null,
    jwksUri: metadata.jwks_uri ?? null,
    idTokenSignedResponseAlg: (metadata.id_token_signed_response_alg ?? 'EdDSA') as SignatureAlgorithm,
    backchannelLogoutUri: metadata.backchannel_logout_uri ?? null,
    clientUri: metadata.client_uri ?? null,
    logoUri: metadata.logo_uri ?? null,
  };
}

/** What runs a client that did not say so: one that is only ever answered on its own machine is an app (RFC 8252 §7.3). */
export function applicationTypeOf(redirectUris: readonly string[]): 'web' | 'native' {
  const isApp = (text: string): boolean => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return (
      url !== undefined &&
      (!/^https?:$/.test(url.protocol) || (url.protocol === 'http:' && isLoopbackAddress(url)))
    );
  };
  return redirectUris.length > 0 && redirectUris.every(isApp) ? 'native' : 'web';
}
