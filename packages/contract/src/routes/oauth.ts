import { defineRoute, type RouteDefinition } from '../route.ts';
import { forAnyone } from './audience.ts';

/**
 * The endpoints of OAuth 2.1 and OpenID Connect. Their requests and answers are the protocol's own: forms and queries as
 * the RFCs name them, errors as `{error, error_description}` (RFC 6749 §5.2) or in the redirect, so that any certified
 * client works. Who may call is decided inside, by the client's own credentials.
 */
const forClients = {
  ...forAnyone,
  protocol: 'oauth',
  errors: [],
} as const satisfies Partial<RouteDefinition>;

const post = { ...forClients, method: 'POST', takes: 'form', success: [200, null] } as const;
const get = { ...forClients, method: 'GET', success: [200, null] } as const;

export const openidConfiguration = defineRoute({
  ...get,
  id: 'oauth.openid_configuration',
  path: '/.well-known/openid-configuration',
  summary: 'What the provider can do and where (OpenID Connect Discovery 1.0)',
  crossOrigin: true,
});

export const authorizationServer = defineRoute({
  ...get,
  id: 'oauth.authorization_server',
  path: '/.well-known/oauth-authorization-server',
  summary: 'What the authorization server can do and where (RFC 8414)',
  crossOrigin: true,
});

export const oauthJwks = defineRoute({
  ...get,
  id: 'oauth.jwks',
  path: '/oauth/jwks',
  summary: 'The public keys that verify tokens, where discovery says they are (RFC 7517)',
  crossOrigin: true,
});

export const oauthAuthorize = defineRoute({
  ...get,
  id: 'oauth.authorize',
  path: '/oauth/authorize',
  summary:
    'Begin an authorization: code with PKCE S256 (OAuth 2.1 §4.1); the browser comes back to the client',
  success: [303, null],
});

export const oauthAuthorizePost = defineRoute({
  ...post,
  id: 'oauth.authorize_post',
  path: '/oauth/authorize',
  summary: 'The same with its parameters in a form (OpenID Connect Core §3.1.2.1)',
  success: [303, null],
});

export const oauthResume = defineRoute({
  ...get,
  id: 'oauth.resume',
  path: '/oauth/authorize/{uid}',
  summary: 'Go on with an authorization after the sign-in or consent page',
  success: [303, null],
});

export const oauthToken = defineRoute({
  ...post,
  id: 'oauth.token',
  path: '/oauth/token',
  summary: 'Tokens for a code, a refresh token, a device code, a client itself, or another token (RFC 8693)',
  crossOrigin: true,
});

export const oauthPar = defineRoute({
  ...post,
  id: 'oauth.par',
  path: '/oauth/par',
  summary: 'Push the parameters of an authorization before the browser is sent (RFC 9126)',
  success: [201, null],
  crossOrigin: true,
});

export const oauthDevice = defineRoute({
  ...post,
  id: 'oauth.device',
  path: '/oauth/device',
  summary: 'Begin the authorization of a device that has no browser (RFC 8628)',
  crossOrigin: true,
});

export const oauthIntrospect = defineRoute({
  ...post,
  id: 'oauth.introspect',
  path: '/oauth/introspect',
  summary: 'Whether a token stands at this moment, and what it says (RFC 7662)',
});

export const oauthRevoke = defineRoute({
  ...post,
  id: 'oauth.revoke',
  path: '/oauth/revoke',
  summary: 'End a token, and with a refresh token its grant (RFC 7009)',
  crossOrigin: true,
});

export const oauthRegister = defineRoute({
  ...forClients,
  id: 'oauth.register',
  method: 'POST',
  path: '/oauth/register',
  takes: 'json',
  summary: 'Register a client by itself (RFC 7591), where DYNAMIC_REGISTRATION allows it',
  success: [201, null],
});

export const oauthUserinfo = defineRoute({
  ...get,
  id: 'oauth.userinfo',
  path: '/oauth/userinfo',
  summary: 'Who an access token is of (OpenID Connect Core §5.3)',
  crossOrigin: true,
});

export const oauthUserinfoPost = defineRoute({
  ...post,
  id: 'oauth.userinfo_post',
  path: '/oauth/userinfo',
  summary: 'Who an access token is of, asked by POST (OpenID Connect Core §5.3.1)',
  crossOrigin: true,
});

export const oauthEndSession = defineRoute({
  ...get,
  id: 'oauth.end_session',
  path: '/oauth/end_session',
  summary: 'Sign a person out at the request of a client (OpenID Connect RP-Initiated Logout 1.0)',
  success: [303, null],
});

export const oauthEndSessionPost = defineRoute({
  ...post,
  id: 'oauth.end_session_post',
  path: '/oauth/end_session',
  summary: 'The same by POST, and the answer of its own page',
  success: [303, null],
});

/** Every endpoint of the protocol. */
export const oauthRoutes = [
  openidConfiguration,
  authorizationServer,
  oauthJwks,
  oauthAuthorize,
  oauthAuthorizePost,
  oauthResume,
  oauthToken,
  oauthPar,
  oauthDevice,
  oauthIntrospect,
  oauthRevoke,
  oauthRegister,
  oauthUserinfo,
  oauthUserinfoPost,
  oauthEndSession,
  oauthEndSessionPost,
] as const;
