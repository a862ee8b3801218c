import type { ServiceKey } from '@castellan/contract';
import { and, count, eq, isNull } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { serviceKeys } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { newToken, tokenDigest, visiblePrefix } from '../../platform/secrets/opaque-token.ts';
import { lockService } from './change-service.ts';

/** Live keys of one service at the same time, at most. */
const keysAtMost = 10;

/**
 * Makes a key of a service, shown this once; the others go on working until they are revoked (S7).
 * @throws Refusal `not_found`, `too_many_secrets`
 */
export async function createServiceKey(
  tx: Transaction,
  serviceId: string,
): Promise<ServiceKey & { readonly key: string }> {
  const { name } = await lockService(tx, serviceId);
  const [live] = await tx.db
    .select({ total: count() })
    .from(serviceKeys)
    .where(and(eq(serviceKeys.serviceId, serviceId), isNull(serviceKeys.revokedAt)));
  if (live!.total >= keysAtMost) throw new Refusal('too_many_secrets');
  const key = newToken('sk_');
  const made = { id: newId(), prefix: visiblePrefix(key), createdAt: tx.now, lastUsedAt: null };
  await tx.db.insert(serviceKeys).values({ ...made, serviceId, digest: tokenDigest(key) });
  tx.record({
    action: 'service_key_created',
    target: { kind: 'service', id: serviceId, label: name },
    service: name,
    detail: { key_id: made.id, prefix: made.prefix },
  });
  return { ...made, key };
}

/**
 * Revokes a key: the next call with it is refused (S7).
 * @throws Refusal `not_found`, also for one that is revoked already or of another service
 */
export async function revokeServiceKey(tx: Transaction, serviceId: string, keyId: string): Promise<void> {
  const { name } = await lockService(tx, serviceId);
  const [revoked] = await tx.db
    .update(serviceKeys)
    .set({ revokedAt: tx.now })
    .where(
      and(eq(serviceKeys.id, keyId), eq(serviceKeys.serviceId, serviceId), isNull(serviceKeys.revokedAt)),
    )
    .returning({ prefix: serviceKeys.prefix });
  if (!revoked) throw new Refusal('not_found');
  tx.record({
    action: 'service_key_revoked',
    target: { kind: 'service', id: serviceId, label: name },
    service: name,
    detail: { key_id: keyId, prefix: revoked.prefix },
  });
}
