import { hash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { idempotencyKeys } from '../database/schema.ts';
import type { Transaction } from '../database/transaction.ts';
import { Refusal } from '../refusal.ts';

/** The answer that was given to the first request with the same key. */
export class Replay extends Error {
  readonly status: number;
  readonly response: unknown;
  constructor(status: number, response: unknown) {
    super('This request was answered before');
    this.status = status;
    this.response = response;
  }
}

export interface IdempotentRequest {
  readonly principalId: string;
  readonly route: string;
  readonly key: string;
  /** Method, path and body, as one text. */
  readonly fingerprint: string;
}

/**
 * Claims an idempotency key inside the transaction of the change. A second request with the key waits for the
 * first one's commit, then gets its answer.
 * @throws Replay with the first answer
 * @throws Refusal `idempotency_key_reused` when the request differs
 */
export async function claimKey(tx: Transaction, request: IdempotentRequest): Promise<void> {
  const requestDigest = hash('sha256', request.fingerprint, 'buffer');
  const { principalId, route, key } = request;
  const claimed = await tx.db
    .insert(idempotencyKeys)
    .values({ principalId, route, key, requestDigest, createdAt: tx.now })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (claimed.length > 0) return;
  const [first] = await tx.db.select().from(idempotencyKeys).where(matching(request));
  if (!first || first.status === null) throw new Refusal('unavailable');
  if (!first.requestDigest.equals(requestDigest)) throw new Refusal('idempotency_key_reused');
  throw new Replay(first.status, first.response);
}

/** Keeps the answer beside the key, in the same transaction. */
export async function keepAnswer(
  tx: Transaction,
  request: IdempotentRequest,
  status: number,
  response: unknown,
): Promise<void> {
  await tx.db
    .update(idempotencyKeys)
    .set({ status, response: response ?? null })
    .where(matching(request));
}

function matching({ principalId, route, key }: IdempotentRequest) {
  return and(
    eq(idempotencyKeys.principalId, principalId),
    eq(idempotencyKeys.route, route),
    eq(idempotencyKeys.key, key),
  );
}
