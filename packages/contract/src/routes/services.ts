import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { freeText, id, instant, slug, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

/** A service key, by the beginning that it is recognised by. */
export const ServiceKey = wire({
  id,
  prefix: z.string(),
  createdAt: instant,
  lastUsedAt: instant.nullable(),
});
export type ServiceKey = z.output<typeof ServiceKey>;

/** A scope of a service that clients can ask for, in words for whoever is asked to allow it. */
export const ServiceScope = wire({ name: z.string().max(100), description: freeText(200) });
export type ServiceScope = z.output<typeof ServiceScope>;

/** A product's back end that is registered here. */
export const Service = wire({
  id,
  name: z.string(),
  description: z.string(),
  origins: z.array(z.string()),
  adminUrl: z.string().nullable(),
  /** Why Castellan does not ask there, and what would allow it; `null` where nothing is known against it. */
  adminUrlProblem: z.string().nullable(),
  /** Where its tokens are to be used (RFC 8707); its name stands for it when there is none. */
  resourceUri: z.string().nullable(),
  scopes: z.array(ServiceScope),
  /** Live keys, by their visible prefix. */
  keys: z.array(ServiceKey),
  /** OAuth clients that have not ended. */
  clientCount: z.int(),
  createdAt: instant,
});
export type Service = z.output<typeof Service>;

const address = z.string().max(2000);
const serviceFields = {
  description: freeText(500),
  origins: z.array(z.string().max(300)).max(50),
  adminUrl: address.nullable(),
  resourceUri: address.nullable(),
  scopes: z.array(ServiceScope).max(100),
};
const keyParams = wire({ id, kid: id });

export const servicesList = defineRoute({
  ...forAdministrators,
  id: 'services.list',
  method: 'GET',
  path: '/admin/services',
  summary: 'Registered services, by name',
  query: wire(listQuery),
  success: [200, pageOf(Service)],
});

export const servicesCreate = defineRoute({
  ...forAdministrators,
  id: 'services.create',
  method: 'POST',
  path: '/admin/services',
  summary: 'Register a service; its name stays for good, and its first key is made by another call',
  body: wire({
    name: slug,
    description: serviceFields.description.optional(),
    origins: serviceFields.origins.optional(),
    adminUrl: serviceFields.adminUrl.optional(),
    resourceUri: serviceFields.resourceUri.optional(),
    scopes: serviceFields.scopes.optional(),
  }),
  success: [201, Service],
  idempotent: true,
});

export const servicesRead = defineRoute({
  ...forAdministrators,
  id: 'services.read',
  method: 'GET',
  path: '/admin/services/{id}',
  summary: 'One service with its live keys',
  params: idParams,
  success: [200, Service],
  errors: ['not_found'],
});

export const servicesUpdate = defineRoute({
  ...forAdministrators,
  id: 'services.update',
  method: 'PATCH',
  path: '/admin/services/{id}',
  summary: 'Edit description, origins, scopes, admin address and resource address of a service',
  params: idParams,
  body: wire({
    description: serviceFields.description.optional(),
    origins: serviceFields.origins.optional(),
    adminUrl: serviceFields.adminUrl.optional(),
    resourceUri: serviceFields.resourceUri.optional(),
    scopes: serviceFields.scopes.optional(),
  }),
  success: [200, Service],
  errors: ['not_found'],
});

// No Idempotency-Key: the answer of a first call is kept to be repeated, and a secret is kept nowhere.
export const serviceKeysCreate = defineRoute({
  ...forAdministrators,
  id: 'service_keys.create',
  method: 'POST',
  path: '/admin/services/{id}/keys',
  summary: 'Make a key of a service, shown this once; the others go on working until they are revoked',
  params: idParams,
  success: [201, wire({ ...ServiceKey.shapeOf, key: z.string() })],
  errors: ['not_found', 'too_many_secrets'],
});

export const serviceKeysRevoke = defineRoute({
  ...forAdministrators,
  id: 'service_keys.revoke',
  method: 'DELETE',
  path: '/admin/services/{id}/keys/{kid}',
  summary: 'Revoke a key of a service; the next call with it is refused',
  params: keyParams,
  success: [204, null],
  errors: ['not_found'],
});
