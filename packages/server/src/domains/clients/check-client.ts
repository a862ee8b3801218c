import type {
  ApplicationType,
  ClientAuthMethod,
  ClientGrantType,
  FieldError,
  PublicKeySet,
  SignatureAlgorithm,
} from '@castellan/contract';
import { problemOfAddress, problemOfRedirect } from '../../platform/check-address.ts';
import { problemOfKeys } from './check-keys.ts';

/** Everything about a client that can be set. */
export interface ClientSettings {
  readonly name: string;
  readonly applicationType: ApplicationType;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly ClientGrantType[];
  readonly tokenEndpointAuthMethod: ClientAuthMethod;
  readonly jwks: PublicKeySet | null;
  readonly jwksUri: string | null;
  readonly idTokenSignedResponseAlg: SignatureAlgorithm;
  readonly accessTokenSignedResponseAlg: SignatureAlgorithm;
  readonly backchannelLogoutUri: string | null;
  readonly clientUri: string | null;
  readonly logoUri: string | null;
  readonly accentColor: string | null;
  readonly allowedScopes: readonly string[];
  readonly skipsConsent: boolean;
}

/** What a client is when nothing else is said: a site with a server, which people sign in to. */
export const ordinaryClient = {
  applicationType: 'web',
  redirectUris: [],
  postLogoutRedirectUris: [],
  grantTypes: ['authorization_code', 'refresh_token'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  jwks: null,
  jwksUri: null,
  idTokenSignedResponseAlg: 'EdDSA',
  accessTokenSignedResponseAlg: 'EdDSA',
  backchannelLogoutUri: null,
  clientUri: null,
  logoUri: null,
  accentColor: null,
  allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
  skipsConsent: false,
} as const satisfies Omit<ClientSettings, 'name'>;

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What is wrong with the settings that an administrator gives a client: as for every client, and its logo. */
export function problemsOfRegisteredClient(client: ClientSettings): FieldError[] {
  const logo = client.logoUri === null ? [] : wrong('logo_uri', problemOfLogo(client.logoUri));
  return [...problemsOfClient(client), ...logo];
}

/** What is wrong with a client's settings, each field in words for who typed it; empty when nothing is (P18). */
export function problemsOfClient(client: ClientSettings): FieldError[] {
  return [
    ...problemsOfAddresses(client),
    ...problemsOfGrants(client),
    ...problemsOfAuthentication(client),
    ...problemsOfRest(client),
  ];
}

const wrong = (field: string, message: string | undefined): FieldError[] =>
  message === undefined ? [] : [{ field, message }];

function problemsOfAddresses(client: ClientSettings): FieldError[] {
  const one = (field: string, text: string | null): FieldError[] =>
    text === null ? [] : wrong(field, problemOfAddress(text, { loopback: true }));
  return [
    ...client.redirectUris.flatMap((text) =>
      wrong('redirect_uris', problemOfRedirect(text, client.applicationType)),
    ),
    ...client.postLogoutRedirectUris.flatMap((text) =>
      wrong('post_logout_redirect_uris', problemOfRedirect(text, client.applicationType)),
    ),
    ...one('backchannel_logout_uri', client.backchannelLogoutUri),
    ...one('client_uri', client.clientUri),
    ...one('jwks_uri', client.jwksUri),
  ];
}

function problemsOfGrants(client: ClientSettings): FieldError[] {
  const uses = (type: ClientGrantType): boolean => client.grantTypes.includes(type);
  const keepsSecrets = client.tokenEndpointAuthMethod !== 'none';
  const problems: FieldError[] = [];
  if (client.grantTypes.length === 0)
    problems.push({ field: 'grant_types', message: 'name at least one way to tokens' });
  if (uses('authorization_code') && client.redirectUris.length === 0)
    problems.push({
      field: 'redirect_uris',
      message:
        'give at least one address that people are sent back to, such as https://app.example.com/callback',
    });
  if (!uses('authorization_code') && client.redirectUris.length > 0)
    problems.push({
      field: 'redirect_uris',
      message: 'are only used with authorization_code; leave them out, or add it to grant_types',
    });
  if (uses('refresh_token') && !uses('authorization_code') && !uses(deviceCode))
    problems.push({
      field: 'grant_types',
      message: 'refresh_token goes on from a sign-in; add authorization_code or device_code, or leave it out',
    });
  for (const type of ['client_credentials', tokenExchange] as const)
    if (uses(type) && !keepsSecrets)
      problems.push({
        field: 'grant_types',
        message: `${type} is for clients that prove themselves; choose another token_endpoint_auth_method than none`,
      });
  return problems;
}

function problemsOfAuthentication(client: ClientSettings): FieldError[] {
  const { jwks, jwksUri, tokenEndpointAuthMethod: method } = client;
  const problems: FieldError[] = jwks === null ? [] : wrong('jwks', problemOfKeys(jwks));
  if (jwks !== null && jwksUri !== null)
    problems.push({ field: 'jwks_uri', message: 'give the keys or their address, not both' });
  if (method === 'private_key_jwt' && jwks === null && jwksUri === null)
    problems.push({
      field: 'jwks',
      message:
        'private_key_jwt is checked with a public key: give jwks, or jwks_uri where they are published',
    });
  if (client.skipsConsent && (method === 'none' || client.applicationType === 'native'))
    problems.push({
      field: 'skips_consent',
      message: 'people are always asked where a client can not prove who it is (RFC 8252 §8.6)',
    });
  return problems;
}

function problemsOfRest(client: ClientSettings): FieldError[] {
  const problems: FieldError[] = [];
  if (client.accentColor !== null && !/^#[0-9a-f]{6}$/.test(client.accentColor))
    problems.push({ field: 'accent_color', message: 'write it as #rrggbb in lower case, such as #2f6fed' });
  // RFC 6749 §3.3 scope-token.
  for (const scope of client.allowedScopes)
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
      problems.push({
        field: 'allowed_scopes',
        message: `“${scope}” is no scope: use visible characters without quotes`,
      });
  return problems;
}

/** How each kind of picture begins. */
const pictureBeginnings = {
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  jpeg: Buffer.from([0xff, 0xd8, 0xff]),
  webp: Buffer.from('RIFF'),
} as const;

/**
 * A logo is a small picture that travels in its own address (RFC 2397): pages where people sign in load nothing from
 * elsewhere, which would tell others who signs in, and run nothing, which a drawing (SVG) could.
 */
function problemOfLogo(text: string): string | undefined {
  const [, kind, data] = /^data:image\/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (!kind || !data)
    return 'must be a PNG, JPEG or WebP picture as data:image/png;base64,…; pages load nothing from elsewhere';
  const beginning = pictureBeginnings[kind as keyof typeof pictureBeginnings];
  return Buffer.from(data, 'base64').subarray(0, beginning.length).equals(beginning)
    ? undefined
    : `is no ${kind.toUpperCase()} picture`;
}
