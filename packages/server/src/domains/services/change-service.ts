import { isDeepStrictEqual } from 'node:util';
import { eq } from 'drizzle-orm';
import { services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { problemsOfService, type ServiceSettings } from './check-service.ts';

/** A service's row for a change, locked until the transaction ends. @throws Refusal `not_found` */
export async function lockService(tx: Transaction, serviceId: string) {
  const [service] = await tx.db.select().from(services).where(eq(services.id, serviceId)).for('update');
  if (!service) throw new Refusal('not_found');
  return service;
}

/**
 * Edits a service; its name stays for good, since tokens carry it (S1).
 * @throws Refusal `not_found`, `validation_failed` that names every wrong field
 */
export async function changeService(
  tx: Transaction,
  serviceId: string,
  changes: { readonly [K in keyof ServiceSettings]?: ServiceSettings[K] | undefined },
): Promise<void> {
  const before = await lockService(tx, serviceId);
  const after = {
    description: changes.description ?? before.description,
    origins: changes.origins ? [...new Set(changes.origins)] : before.origins,
    adminUrl: changes.adminUrl === undefined ? before.adminUrl : changes.adminUrl,
    resourceUri: changes.resourceUri === undefined ? before.resourceUri : changes.resourceUri,
    scopes: changes.scopes ?? before.scopes,
  };
  const fields = problemsOfService(after);
  if (fields.length > 0) throw new Refusal('validation_failed', { fields });
  const names = {
    description: 'description',
    origins: 'origins',
    adminUrl: 'admin_url',
    resourceUri: 'resource_uri',
    scopes: 'scopes',
  } as const;
  const changed = (Object.keys(names) as (keyof typeof names)[]).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  if (changed.length === 0) return;
  await tx.db.update(services).set(after).where(eq(services.id, serviceId));
  tx.record({
    action: 'service_updated',
    target: { kind: 'service', id: serviceId, label: before.name },
    service: before.name,
    detail: Object.fromEntries(
      changed.map((key) => [names[key], { before: before[key], after: after[key] }]),
    ),
  });
}
