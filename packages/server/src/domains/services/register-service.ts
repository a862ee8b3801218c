import { newId } from '../../platform/database/identifiers.ts';
import { services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { problemsOfService, problemsOfServiceName, type ServiceSettings } from './check-service.ts';
import { createServiceKey } from './service-keys.ts';

export type NewService = {
  readonly [K in keyof ServiceSettings]?: ServiceSettings[K] | undefined;
} & {
  /** Short name, which tokens carry as their audience. */
  readonly name: string;
};

/** A service that was just registered, with its key, which is shown this once. */
export interface RegisteredService {
  readonly id: string;
  readonly keyId: string;
  /** The service key. Only its digest is stored: this is the one time that it is there to read. */
  readonly key: string;
}

/**
 * Registers a product's back end and makes its first key (S1).
 * @throws Refusal `validation_failed` that names every wrong field, or the name when it is taken
 */
export async function registerService(tx: Transaction, service: NewService): Promise<RegisteredService> {
  const id = await addService(tx, service);
  const { id: keyId, key } = await createServiceKey(tx, id);
  return { id, keyId, key };
}

/**
 * Registers a product's back end, without a key (S1).
 * @returns its id
 * @throws Refusal `validation_failed` that names every wrong field, or the name when it is taken
 */
export async function addService(tx: Transaction, service: NewService): Promise<string> {
  const { name, description = '', adminUrl = null, resourceUri = null, scopes = [] } = service;
  const origins = [...new Set(service.origins ?? [])];
  const fields = [
    ...problemsOfServiceName(name),
    ...problemsOfService({ description, origins, adminUrl, resourceUri, scopes }),
  ];
  if (fields.length > 0) throw new Refusal('validation_failed', { fields });
  const id = newId();
  const inserted = await tx.db
    .insert(services)
    .values({ id, name, description, origins, adminUrl, resourceUri, scopes, createdAt: tx.now })
    .onConflictDoNothing({ target: services.name })
    .returning({ id: services.id });
  if (inserted.length === 0) throw refuseField('name', 'a service of this name is registered already');
  tx.record({
    action: 'service_registered',
    target: { kind: 'service', id, label: name },
    service: name,
    detail: {
      origins,
      admin_url: adminUrl,
      resource_uri: resourceUri,
      scopes: scopes.map((scope) => scope.name),
    },
  });
  return id;
}
