import { tokenKinds } from '@castellan/contract';
import type { Account, AdapterFactory, Configuration, JWKS, KoaContextWithOIDC } from 'oidc-provider';
import { rowsOf, sql } from '../../platform/database/transaction.ts';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import { acrSatisfies, acrValues } from '../browser-sessions/acr.ts';
import { grantLives } from '../grants/grant-store.ts';
import { serviceTokenSeconds } from './access-tokens.ts';
import { proposeGrant } from './authorization.ts';
import type { ProviderLibrary } from './provider-library.ts';
import { requireScope } from './request-scope.ts';
import { findResource, openidScopeNames, serviceIdentifier } from './resources.ts';

/** Where each endpoint is (DESIGN.md); the ones that are ours alone are told of in the discovery document. */
export const oauthPaths = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  pushed_authorization_request: '/oauth/par',
  device_authorization: '/oauth/device',
  code_verification: '/device',
  registration: '/oauth/register',
  userinfo: '/oauth/userinfo',
  end_session: '/oauth/end_session',
  jwks: '/oauth/jwks',
} as const;

const confidentialMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** Lives of what is issued, in seconds. */
export const oauthLives = {
  AuthorizationCode: 60,
  AccessToken: tokenKinds.user_access.lifeSeconds,
  ClientCredentials: serviceTokenSeconds,
  DeviceCode: 10 * 60,
  IdToken: 3600,
  Interaction: 3600,
  PushedAuthorizationRequest: 90,
  RefreshToken: grantLives.oauth.idleSeconds,
  Session: grantLives.browser_session.absoluteSeconds,
  Grant: grantLives.oauth.absoluteSeconds,
} as const;

/** What the provider is configured with besides what is always the same. */
export interface ProviderFacts {
  readonly library: ProviderLibrary;
  readonly issuer: string;
  readonly adapter: AdapterFactory;
  readonly jwks: JWKS;
  readonly sessionCookieName: string;
  readonly cookieSecure: boolean;
  readonly fetch: GuardedFetch;
  /** 32 bytes that all replicas know. */
  readonly dpopNonceSecret: Buffer;
  /** The settings `DYNAMIC_REGISTRATION` and `CLIENT_DOCUMENTS`. */
  readonly dynamicRegistration: boolean;
  readonly clientDocuments: boolean;
  /** Writes the page of an error that can't be sent to the client. */
  readonly renderError: NonNullable<Configuration['renderError']>;
}

/** The one configuration of oidc-provider: authorization code with PKCE, and nothing that OAuth 2.1 dropped. */
export function providerConfiguration(facts: ProviderFacts): Configuration {
  const { library, issuer } = facts;
  const cookie = {
    httpOnly: true,
    sameSite: 'lax',
    secure: facts.cookieSecure,
    signed: false,
    overwrite: true,
  } as const;
  return {
    adapter: facts.adapter,
    jwks: facts.jwks,
    routes: oauthPaths,
    scopes: [...openidScopeNames],
    claims: {
      // How and when they signed in is part of every ID token, whether a client asked for it or not.
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'updated_at'],
      email: ['email', 'email_verified'],
      iss: null,
      sid: null,
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    conformIdTokenClaims: false,
    acrValues,
    subjectTypes: ['public'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['none', ...confidentialMethods],
    clientDefaults: {
      id_token_signed_response_alg: 'EdDSA',
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['EdDSA', 'ES256', 'RS256'],
      clientAuthSigningAlgValues: ['EdDSA', 'Ed25519', 'ES256', 'RS256', 'PS256'],
      dPoPSigningAlgValues: ['EdDSA', 'Ed25519', 'ES256', 'RS256', 'PS256'],
    },
    clockTolerance: 10,
    cookies: {
      names: {
        session: facts.sessionCookieName,
        interaction: 'castellan_interaction',
        resume: 'castellan_resume',
      },
      long: cookie,
      short: cookie,
      keys: [],
    },
    ttl: { ...oauthLives },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    revokeGrantPolicy: () => true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_ctx, sub) => findAccount(sub),
    loadExistingGrant: (ctx) => proposeGrant(ctx, issuer),
    interactions: {
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
      policy: policyOf(library),
    },
    renderError: facts.renderError,
    // An address with a scheme of an app has the origin "null", and so has every sandboxed frame.
    clientBasedCORS: (_ctx, origin, client) =>
      origin !== 'null' &&
      (client.redirectUris ?? []).some((uri) => URL.canParse(uri) && new URL(uri).origin === origin),
    fetch: (address, request) => facts.fetch(String(address), request as Parameters<GuardedFetch>[1]),
    // What is ours alone; the library knows its own.
    discovery: {
      introspection_endpoint: `${issuer}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: confidentialMethods,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: ['none', ...confidentialMethods],
      end_session_endpoint: `${issuer}${oauthPaths.end_session}`,
      ui_locales_supported: ['en', 'de'],
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo },
      // A nonce (RFC 9449 §8) is for clients whose clock is wrong, and demanded of nobody: what comes twice is refused by its `jti`.
      dPoP: { enabled: true, nonceSecret: facts.dpopNonceSecret },
      introspection: { enabled: false },
      revocation: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      backchannelLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      registration: {
        enabled: facts.dynamicRegistration,
        initialAccessToken: false,
        issueRegistrationAccessToken: false,
      },
      clientIdMetadataDocument: {
        enabled: facts.clientDocuments,
        ack: 'draft-02',
        // Our own directory answers for every address before the library would look.
        allowFetch: () => false,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client, oneOf) =>
          oneOf ? oneOf[0]! : ownResource(ctx, client.clientId, issuer),
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, identifier, client) =>
          resourceServer(facts, ctx, identifier, client.clientId),
      },
    },
  };
}

/** What a person is shown of the device that asked. */
function deviceInfo(ctx: KoaContextWithOIDC) {
  return { ip: requireScope().origin.address, ua: ctx.get('user-agent').slice(0, 300) };
}

function ownResource(_ctx: KoaContextWithOIDC, clientId: string, issuer: string): string {
  const service = requireScope().clients.get(clientId)?.service;
  return service ? serviceIdentifier(service) : issuer;
}

async function resourceServer(
  facts: ProviderFacts,
  ctx: KoaContextWithOIDC,
  identifier: string,
  clientId: string,
) {
  const { InvalidTarget } = facts.library.errors;
  const scope = requireScope();
  const client = scope.clients.get(clientId);
  const resource =
    client && (await findResource(await scope.reader(), client, identifier, facts.issuer, 'not needed'));
  if (!resource) throw new InvalidTarget('resource: this client can have no tokens for it');
  const named = ctx.oidc.params?.resource;
  if (Array.isArray(named) && named.length > 1)
    throw new InvalidTarget(
      'resource: several were named, and a token is for one service, so that none can use it at another; ask for each by itself',
    );
  scope.resources.set(identifier, resource);
  useDefaultScope(
    ctx,
    resource.scopes.map(({ name }) => name),
  );
  const openid = openidScopeNames.filter((name) => client.allowedScopes.includes(name));
  refuseUnknownScopes(facts.library, ctx, [...openid, ...resource.scopes.map(({ name }) => name)]);
  return {
    scope: [...openid, ...resource.scopes.map(({ name }) => name)].join(' '),
    audience: resource.audience,
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: oauthLives.AccessToken,
  };
}

/** Sign-in and consent as the library has them, and a step up to what `acr_values` asks for (OpenID Connect Core §3.1.2.1). */
function policyOf({ interactionPolicy }: ProviderLibrary) {
  const { base, Check, Prompt } = interactionPolicy;
  const policy = base();
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy.get('login')!.checks.add(
    new Check(
      'acr_unmet',
      'the requested acr_values could not be obtained',
      'unmet_authentication_requirements',
      (ctx) => {
        const { params, session } = ctx.oidc;
        const wanted = String(params?.acr_values ?? '').split(' ');
        const known = wanted.filter((value) => (acrValues as readonly string[]).includes(value));
        // It is a wish: values that are none of ours ask for nothing.
        if (known.length === 0) return Check.NO_NEED_TO_PROMPT;
        return acrSatisfies(session?.acr ?? '', known) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
      },
    ),
  );
  return policy;
}

/**
 * A request that names no scope asks for all that the resource has for this client, and where that is nothing, for who
 * the person is (RFC 6749 §3.3): clients of MCP often name none. What is asked for is still shown and switched on or off.
 */
function useDefaultScope(ctx: KoaContextWithOIDC, offered: readonly string[]): void {
  const { params, route } = ctx.oidc;
  const begins = ['authorization', 'pushed_authorization_request', 'device_authorization'].includes(route);
  if (begins && params && params.scope === undefined) params.scope = offered.join(' ') || 'openid';
}

interface PersonRow {
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly updatedAt: Date;
}

/** Who a grant is of: known from the look-up of the grant, or read. Whoever is not active is nobody. */
async function findAccount(sub: string): Promise<Account | undefined> {
  const scope = requireScope();
  const grant = [...scope.grants.values()].find(({ userId }) => userId === sub);
  const person: PersonRow | undefined = grant
    ? {
        name: grant.name,
        email: grant.email,
        emailVerified: grant.emailVerified,
        updatedAt: grant.userUpdatedAt,
      }
    : (
        await rowsOf<PersonRow>(
          await scope.reader(),
          sql`SELECT name, email, email_verified_at IS NOT NULL AS "emailVerified", updated_at AS "updatedAt"
              FROM users WHERE id = ${sub} AND state = 'active'`,
        )
      )[0];
  if (!person) return undefined;
  return {
    accountId: sub,
    claims: async () => ({
      sub,
      name: person.name,
      email: person.email,
      email_verified: person.emailVerified,
      updated_at: Math.floor(new Date(person.updatedAt).getTime() / 1000),
    }),
  };
}

/** A service that asks for itself is told of a scope it does not have; a person is simply never asked for one. */
function refuseUnknownScopes(
  library: ProviderLibrary,
  ctx: KoaContextWithOIDC,
  known: readonly string[],
): void {
  const { params } = ctx.oidc;
  if (params?.grant_type !== 'client_credentials' || typeof params.scope !== 'string') return;
  const unknown = params.scope.split(' ').find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new library.errors.InvalidScope('scope: this client is not registered for it', unknown);
}
