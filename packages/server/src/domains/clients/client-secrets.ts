import type { ClientSecret } from '@castellan/contract';
import { and, eq, gt, isNull, or, type SQL } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { clientSecrets } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { newToken, tokenDigest, visiblePrefix } from '../../platform/secrets/opaque-token.ts';
import { clientTarget, lockClient, takesSecret } from './change-client.ts';

/** Valid secrets of one client at the same time, at most. */
export const secretsAtMost = 10;

/** A secret that was just made, shown this once. */
export interface NewClientSecret extends ClientSecret {
  /** The secret itself. Only its digest is stored: this is the one time that it is there to read. */
  readonly secret: string;
}

/** The condition that a secret is valid at a moment. */
export function validAt(now: Date): SQL | undefined {
  return or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, now));
}

/**
 * Makes a secret of a client. Those that are there go on, or stop at a chosen moment: the time to put the new one in place.
 * @throws Refusal `not_found`, `client_ended`, `client_takes_no_secret`, `too_many_secrets`, `validation_failed` for a
 * moment that has passed
 */
export async function createClientSecret(
  tx: Transaction,
  serviceId: string,
  id: string,
  chosen: { readonly othersExpireAt?: Date | undefined; readonly expiresAt?: Date | undefined } = {},
): Promise<NewClientSecret> {
  const { othersExpireAt, expiresAt = null } = chosen;
  const client = await lockClient(tx, serviceId, id);
  if (!takesSecret(client.tokenEndpointAuthMethod)) throw new Refusal('client_takes_no_secret');
  if (expiresAt !== null && expiresAt <= tx.now)
    throw refuseField('expires_at', 'has passed already; choose a later moment');
  const live = await tx.db
    .select({ id: clientSecrets.id, expiresAt: clientSecrets.expiresAt })
    .from(clientSecrets)
    .where(and(eq(clientSecrets.clientId, id), validAt(tx.now)));
  if (live.length >= secretsAtMost) throw new Refusal('too_many_secrets');
  if (othersExpireAt !== undefined) {
    // "Now" of the one who asks may be a moment ago here.
    const end = new Date(Math.max(othersExpireAt.getTime(), tx.now.getTime()));
    await tx.db
      .update(clientSecrets)
      .set({ expiresAt: end })
      // One that would stop sooner still does.
      .where(
        and(
          eq(clientSecrets.clientId, id),
          or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, end)),
        ),
      );
  }
  const secret = newToken('cs_');
  const made = {
    id: newId(),
    prefix: visiblePrefix(secret),
    createdAt: tx.now,
    expiresAt,
    lastUsedAt: null,
  };
  await tx.db.insert(clientSecrets).values({ ...made, clientId: id, digest: tokenDigest(secret) });
  tx.record({
    action: 'client_secret_created',
    target: clientTarget(client),
    service: client.service,
    detail: {
      secret_id: made.id,
      prefix: made.prefix,
      expires_at: expiresAt,
      ...(othersExpireAt === undefined ? {} : { others: live.length, others_expire_at: othersExpireAt }),
    },
  });
  return { ...made, secret };
}

/**
 * Revokes a secret: the next call with it is refused.
 * @throws Refusal `not_found`, also for one that is not valid any more; `client_ended`
 */
export async function revokeClientSecret(
  tx: Transaction,
  serviceId: string,
  id: string,
  secretId: string,
): Promise<void> {
  const client = await lockClient(tx, serviceId, id);
  const [revoked] = await tx.db
    .update(clientSecrets)
    .set({ expiresAt: tx.now })
    .where(and(eq(clientSecrets.id, secretId), eq(clientSecrets.clientId, id), validAt(tx.now)))
    .returning({ prefix: clientSecrets.prefix });
  if (!revoked) throw new Refusal('not_found');
  tx.record({
    action: 'client_secret_revoked',
    target: clientTarget(client),
    service: client.service,
    detail: { secret_id: secretId, prefix: revoked.prefix },
  });
}
