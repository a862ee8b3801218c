import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import {
  applicationTypes,
  clientAuthMethods,
  clientGrantTypes,
  clientOrigins,
  signatureAlgorithms,
} from '../vocabulary.ts';
import { displayName, id, instant, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

/** A client secret, by the beginning that it is recognised by; it is valid before `expires_at`. */
export const ClientSecret = wire({
  id,
  prefix: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
export type ClientSecret = z.output<typeof ClientSecret>;

/** Public keys (RFC 7517 §5). The members of a key keep their own names. */
const keySet = z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).max(10) });

const clientFields = {
  name: z.string(),
  applicationType: z.enum(applicationTypes),
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  grantTypes: z.array(z.enum(clientGrantTypes)),
  tokenEndpointAuthMethod: z.enum(clientAuthMethods),
  jwks: keySet.nullable(),
  jwksUri: z.string().nullable(),
  idTokenSignedResponseAlg: z.enum(signatureAlgorithms),
  accessTokenSignedResponseAlg: z.enum(signatureAlgorithms),
  backchannelLogoutUri: z.string().nullable(),
  /** The product's own page about itself. */
  clientUri: z.string().nullable(),
  /** A small picture that travels in its own address, `data:image/png;base64,…` (RFC 2397). */
  logoUri: z.string().nullable(),
  /** `#rrggbb`, for the pages where people sign in to it. */
  accentColor: z.string().nullable(),
  allowedScopes: z.array(z.string()),
  /** People are not asked whether it may know them, since an administrator vouches for it. */
  skipsConsent: z.boolean(),
};

/** An OAuth client: what a product's site, app or machine signs people in with, or proves itself by. */
export const Client = wire({
  id,
  clientId: z.string(),
  /** `null` for clients that registered themselves. */
  serviceId: id.nullable(),
  origin: z.enum(clientOrigins),
  ...clientFields,
  /** Secrets that are valid now, newest first; never the secrets themselves. */
  secrets: z.array(ClientSecret),
  /** Sign-ins through it that go on now: what ending it would end. */
  sessionCount: z.int(),
  createdAt: instant,
  updatedAt: instant,
  endedAt: instant.nullable(),
});
export type Client = z.output<typeof Client>;

const address = z.string().max(2000);
const addresses = z.array(address).max(50);

/** What of a client can be set; what is wrong with it is told for each field by the server. */
const settable = {
  redirectUris: addresses.optional(),
  postLogoutRedirectUris: addresses.optional(),
  grantTypes: z.array(z.enum(clientGrantTypes)).max(clientGrantTypes.length).optional(),
  tokenEndpointAuthMethod: z.enum(clientAuthMethods).optional(),
  jwks: keySet.nullable().optional(),
  jwksUri: address.nullable().optional(),
  idTokenSignedResponseAlg: z.enum(signatureAlgorithms).optional(),
  accessTokenSignedResponseAlg: z.enum(signatureAlgorithms).optional(),
  backchannelLogoutUri: address.nullable().optional(),
  clientUri: address.nullable().optional(),
  logoUri: z.string().max(32_000).nullable().optional(),
  accentColor: z.string().max(20).nullable().optional(),
  allowedScopes: z.array(z.string().max(200)).max(100).optional(),
  skipsConsent: z.boolean().optional(),
};

const clientParams = wire({ id, cid: id });
const secretParams = wire({ id, cid: id, sid: id });
const path = '/admin/services/{id}/clients';

export const clientsList = defineRoute({
  ...forAdministrators,
  id: 'clients.list',
  method: 'GET',
  path,
  summary: 'OAuth clients of a service, by name',
  params: idParams,
  query: wire({ ...listQuery, state: z.enum(['live', 'ended']).optional() }),
  success: [200, pageOf(Client)],
  errors: ['not_found'],
});

export const clientsCreate = defineRoute({
  ...forAdministrators,
  id: 'clients.create',
  method: 'POST',
  path,
  summary: 'Register an OAuth client of a service; a secret is made by another call',
  params: idParams,
  body: wire({ name: displayName, applicationType: z.enum(applicationTypes).optional(), ...settable }),
  success: [201, Client],
  errors: ['not_found'],
  idempotent: true,
});

export const clientsRead = defineRoute({
  ...forAdministrators,
  id: 'clients.read',
  method: 'GET',
  path: `${path}/{cid}`,
  summary: 'One OAuth client, also when it has ended',
  params: clientParams,
  success: [200, Client],
  errors: ['not_found'],
});

export const clientsUpdate = defineRoute({
  ...forAdministrators,
  id: 'clients.update',
  method: 'PATCH',
  path: `${path}/{cid}`,
  summary: 'Edit an OAuth client: addresses, keys, ways to tokens, branding',
  params: clientParams,
  body: wire({ name: displayName.optional(), ...settable }),
  success: [200, Client],
  errors: ['not_found', 'client_ended'],
});

export const clientsEnd = defineRoute({
  ...forAdministrators,
  id: 'clients.end',
  method: 'DELETE',
  path: `${path}/{cid}`,
  summary: 'End an OAuth client with everything that people allowed it; this is for good',
  params: clientParams,
  success: [204, null],
  errors: ['not_found', 'client_ended'],
});

// No Idempotency-Key: the answer of a first call is kept to be repeated, and a secret is kept nowhere.
export const clientSecretsCreate = defineRoute({
  ...forAdministrators,
  id: 'client_secrets.create',
  method: 'POST',
  path: `${path}/{cid}/secrets`,
  summary: 'Make a secret of a client, shown this once; the others work until the moment that is given',
  params: clientParams,
  body: wire({
    /** When the secrets that are there stop working; without it they go on. */
    othersExpireAt: instant.optional(),
    /** When the new one stops working by itself. */
    expiresAt: instant.optional(),
  }),
  success: [201, wire({ ...ClientSecret.shapeOf, secret: z.string() })],
  errors: ['not_found', 'client_ended', 'client_takes_no_secret', 'too_many_secrets'],
});

export const clientSecretsRevoke = defineRoute({
  ...forAdministrators,
  id: 'client_secrets.revoke',
  method: 'DELETE',
  path: `${path}/{cid}/secrets/{sid}`,
  summary: 'Revoke a secret of a client; the next call with it is refused',
  params: secretParams,
  success: [204, null],
  errors: ['not_found'],
});

export const selfRegisteredClientsList = defineRoute({
  ...forAdministrators,
  id: 'self_registered_clients.list',
  method: 'GET',
  path: '/admin/clients',
  summary:
    'OAuth clients that no administrator registered, by name: by themselves, or known by their address',
  query: wire({ ...listQuery, state: z.enum(['live', 'ended']).optional() }),
  success: [200, pageOf(Client)],
});

export const selfRegisteredClientsRead = defineRoute({
  ...forAdministrators,
  id: 'self_registered_clients.read',
  method: 'GET',
  path: '/admin/clients/{id}',
  summary: 'One OAuth client that no administrator registered, also when it has ended',
  params: idParams,
  success: [200, Client],
  errors: ['not_found'],
});

export const selfRegisteredClientsEnd = defineRoute({
  ...forAdministrators,
  id: 'self_registered_clients.end',
  method: 'DELETE',
  path: '/admin/clients/{id}',
  summary:
    'End such a client with everything that people allowed it; under its address it is not taken again',
  params: idParams,
  success: [204, null],
  errors: ['not_found', 'client_ended'],
});
