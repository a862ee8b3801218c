import { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { type ProviderKind, providerKinds } from '../vocabulary.ts';
import { displayName, id, instant, slug, wire } from '../wire.ts';
import { forAdministrators, forAnyone, idParams } from './audience.ts';

/** A provider that people can sign in at (P1). Its client secret is never given back. */
export const IdentityProvider = wire({
  id,
  /** Its name in addresses. */
  slug: z.string(),
  kind: z.enum(providerKinds),
  name: z.string(),
  /** The issuer of `oidc`; where GitHub or Microsoft's sign-in is, for those. */
  issuer: z.string(),
  /** Microsoft Entra ID: the directory whose people are let in. */
  tenant: z.string().nullable(),
  clientId: z.string(),
  scopes: z.array(z.string()),
  trustedEmailDomains: z.array(z.string()),
  enabled: z.boolean(),
  adminAllowed: z.boolean(),
  registrationAllowed: z.boolean(),
  /** Where it is kept: what the settings say is not changed in the console. */
  source: z.enum(['console', 'settings']),
  /** What to register at the provider, exactly. */
  redirectUris: wire({ people: z.string(), operators: z.string() }),
  /** How many accounts of people are linked to it. */
  identityCount: z.int(),
  createdAt: instant,
  updatedAt: instant,
});
export type IdentityProvider = z.output<typeof IdentityProvider>;

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/,
    'is not a domain such as example.com',
  );

/** RFC 6749 §3.3. */
const scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'is not a scope');

const settable = {
  scopes: z.array(scope).min(1).max(30).optional(),
  trustedEmailDomains: z.array(domain).max(100).optional(),
  enabled: z.boolean().optional(),
  adminAllowed: z.boolean().optional(),
  registrationAllowed: z.boolean().optional(),
};

const clientId = z.string().trim().min(1).max(255);
const clientSecret = z.string().trim().min(1).max(1000);

/** A provider as it is given: by the console, and by the setting `IDENTITY_PROVIDERS`. */
export const NewIdentityProvider = wire({
  slug,
  kind: z.enum(providerKinds),
  name: displayName.optional(),
  issuer: z.string().trim().max(500).optional(),
  tenant: id.optional(),
  clientId,
  clientSecret,
  ...settable,
});
export type NewIdentityProvider = z.output<typeof NewIdentityProvider>;

/** Where each kind is when nobody says otherwise; `oidc` can be anywhere. */
export const usualIssuers: Readonly<Record<ProviderKind, string | undefined>> = {
  google: 'https://accounts.google.com',
  github: 'https://github.com',
  entra: 'https://login.microsoftonline.com',
  oidc: undefined,
};

/** What our own addresses and ways to sign in are called: no provider may be mistaken for one. */
const reservedSlugs = ['password', 'passkey', 'email-link', 'link', 'mfa', 'provider', 'admin', 'account'];

/** What is wrong with a new provider beyond its single fields, by the fields' names on the wire. */
export function newProviderProblem(given: NewIdentityProvider): FieldError | undefined {
  const { kind, issuer, tenant, scopes, slug: name } = given;
  if (reservedSlugs.includes(name)) return { field: 'slug', message: 'is the name of something of our own' };
  if (kind === 'oidc' && issuer === undefined)
    return { field: 'issuer', message: 'is required for this kind' };
  if (kind === 'google' && issuer !== undefined)
    return { field: 'issuer', message: 'is known for Google: leave it out' };
  if (issuer !== undefined && !isIssuer(issuer))
    return { field: 'issuer', message: 'must be an address such as https://id.example.com, without ? or #' };
  if (kind === 'entra' && tenant === undefined)
    return { field: 'tenant', message: 'is required: the id of the one directory whose people are let in' };
  if (kind !== 'entra' && tenant !== undefined)
    return { field: 'tenant', message: 'is for Microsoft Entra ID only' };
  return scopesProblem(kind, scopes);
}

/** OpenID Connect asks for the scope `openid` (Core §3.1.2.1); without it there is no ID token. */
export function scopesProblem(
  kind: ProviderKind,
  scopes: readonly string[] | undefined,
): FieldError | undefined {
  return kind !== 'github' && scopes && !scopes.includes('openid')
    ? { field: 'scopes', message: 'must contain openid' }
    : undefined;
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !search && !hash && !username && !password && !/[?#]/.test(text);
}

export const identityProvidersList = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.list',
  method: 'GET',
  path: '/admin/identity-providers',
  summary: 'Providers that people can sign in at, by name',
  query: wire(listQuery),
  success: [200, pageOf(IdentityProvider)],
});

export const identityProvidersCreate = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.create',
  method: 'POST',
  path: '/admin/identity-providers',
  summary: 'Add a provider that people can sign in at',
  body: NewIdentityProvider,
  success: [201, IdentityProvider],
  errors: ['provider_slug_taken'],
  idempotent: true,
});

export const identityProvidersRead = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.read',
  method: 'GET',
  path: '/admin/identity-providers/{id}',
  summary: 'One provider, without its secret',
  params: idParams,
  success: [200, IdentityProvider],
  errors: ['not_found'],
});

export const identityProvidersUpdate = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.update',
  method: 'PATCH',
  path: '/admin/identity-providers/{id}',
  summary: 'Edit, enable or disable a provider; what its accounts are unique within stays',
  params: idParams,
  body: wire({
    name: displayName.optional(),
    clientId: clientId.optional(),
    clientSecret: clientSecret.optional(),
    ...settable,
  }),
  success: [200, IdentityProvider],
  errors: ['not_found', 'provider_in_settings'],
});

export const identityProvidersDelete = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.delete',
  method: 'DELETE',
  path: '/admin/identity-providers/{id}',
  summary: 'Delete a provider with every link of an account to it',
  params: idParams,
  success: [204, null],
  errors: ['not_found', 'provider_in_settings'],
});

export const identityProvidersCheck = defineRoute({
  ...forAdministrators,
  id: 'identity_providers.check',
  method: 'POST',
  path: '/admin/identity-providers/{id}/check',
  summary: 'Ask a provider for its description now and say what is wrong',
  params: idParams,
  success: [200, wire({ ok: z.boolean(), problem: z.string().nullable() })],
  errors: ['not_found'],
});

export const usersUnlinkIdentity = defineRoute({
  ...forAdministrators,
  id: 'users.unlink_identity',
  method: 'DELETE',
  path: '/admin/users/{id}/identities/{sid}',
  summary: 'Take a linked account from a person; their sessions stay until they are ended',
  params: wire({ id, sid: id }),
  success: [204, null],
  errors: ['not_found'],
});

export const adminSignInProviders = defineRoute({
  listener: 'admin',
  auth: [],
  permission: 'anyone',
  id: 'admin_session.providers',
  method: 'GET',
  path: '/auth/admin/providers',
  summary: 'Providers by which operators can sign in to the console',
  success: [200, wire({ providers: z.array(wire({ slug: z.string(), name: z.string() })) })],
});

const providerParams = wire({ provider: z.string().max(63) });
/** Providers add parameters of their own to the answer; one that comes twice is refused (RFC 6749 §3.1). */
const callbackQuery = z.record(z.string(), z.string());
const page = { gives: 'html', success: [200, null] } as const;

export const federationLogin = defineRoute({
  ...forAnyone,
  ...page,
  id: 'auth.provider_login',
  method: 'GET',
  path: '/auth/login/{provider}',
  summary: 'Go to a provider to sign in',
  params: providerParams,
  query: wire({
    returnTo: z.string().max(2000).optional(),
    loginHint: z.string().max(254).optional(),
    again: z.literal('1').optional(),
    secondFactor: z.literal('1').optional(),
  }),
});

export const federationCallback = defineRoute({
  ...forAnyone,
  ...page,
  id: 'auth.provider_callback',
  method: 'GET',
  path: '/auth/callback/{provider}',
  summary: 'Where a provider sends people back to',
  params: providerParams,
  query: callbackQuery,
});

export const federationProblem = defineRoute({
  ...forAnyone,
  ...page,
  id: 'auth.provider_problem',
  method: 'GET',
  path: '/auth/problem/{code}',
  summary: 'What went wrong with a sign-in at a provider, and what to do',
  params: wire({ code: z.string().max(63) }),
  query: wire({
    provider: z.string().max(63).optional(),
    returnTo: z.string().max(2000).optional(),
    link: z.literal('1').optional(),
    reference: z.string().max(64).optional(),
    /** The page's language. */
    lang: z.string().max(20).optional(),
  }),
  errors: ['not_found'],
});

export const adminFederationLogin = defineRoute({
  ...forAnyone,
  ...page,
  listener: 'admin',
  id: 'admin_session.provider_login',
  method: 'GET',
  path: '/auth/admin/login/{provider}',
  summary: 'Go to a provider to sign in to the console',
  params: providerParams,
  query: wire({ returnTo: z.string().max(2000).optional() }),
});

export const adminFederationCallback = defineRoute({
  ...forAnyone,
  ...page,
  listener: 'admin',
  id: 'admin_session.provider_callback',
  method: 'GET',
  path: '/auth/admin/callback/{provider}',
  summary: 'Where a provider sends operators back to; it goes on to the console',
  params: providerParams,
  query: callbackQuery,
});

/** What both forms on a person's security page share. */
const identityForm = {
  ...page,
  listener: 'public',
  auth: ['browser_session'],
  permission: 'person',
  method: 'POST',
  body: z.record(z.string(), z.string()),
  takes: 'form',
} as const;

export const accountIdentityLink = defineRoute({
  ...identityForm,
  id: 'account.identity_link',
  path: '/account/identities/link/{provider}',
  summary: 'Go to a provider to link one’s account there',
  params: providerParams,
  errors: ['origin_refused', 'not_found', 'recent_sign_in_required'],
});

export const accountIdentityUnlink = defineRoute({
  ...identityForm,
  id: 'account.identity_unlink',
  path: '/account/identities/{id}/unlink',
  summary: 'Take the link to an account at a provider away',
  params: idParams,
  errors: ['origin_refused', 'not_found', 'last_way_in', 'recent_sign_in_required'],
});
