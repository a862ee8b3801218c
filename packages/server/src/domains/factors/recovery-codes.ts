import { randomBytes } from 'node:crypto';
import { and, count, eq, isNull } from 'drizzle-orm';
import { recoveryCodes } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';

/** How many codes a person gets at once. */
export const recoveryCodeCount = 10;

/** 32 signs that are not mistaken for each other when they are read from paper (no i, l, o, u). */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codeLength = 16;

/** A new code of 80 random bits, written `xxxx-xxxx-xxxx-xxxx`. */
function newCode(): string {
  const signs = Array.from(randomBytes(codeLength), (byte) => alphabet[byte & 31]).join('');
  return signs.replace(/(.{4})(?=.)/g, '$1-');
}

/** A code as it is stored: hyphens, spaces and capitals don't matter, and what is easily misread is read as it was meant. */
function digestOf(code: string): Buffer | undefined {
  const signs = code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return signs.length === codeLength ? tokenDigest(`recovery:${signs}`) : undefined;
}

/**
 * Replaces a person's recovery codes. The caller holds the person locked.
 * @returns the codes, which are shown once and stored as digests
 */
export async function replaceRecoveryCodes(tx: Transaction, userId: string): Promise<string[]> {
  await tx.db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  const codes = Array.from({ length: recoveryCodeCount }, newCode);
  await tx.db
    .insert(recoveryCodes)
    .values(codes.map((code) => ({ userId, digest: digestOf(code)!, createdAt: tx.now })));
  return codes;
}

/** Takes a recovery code, each at most once. @returns whether it was one that was not used yet */
export async function takeRecoveryCode(tx: Transaction, userId: string, code: string): Promise<boolean> {
  const digest = digestOf(code);
  if (!digest) return false;
  const taken = await tx.db
    .update(recoveryCodes)
    .set({ usedAt: tx.now })
    .where(
      and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.digest, digest), isNull(recoveryCodes.usedAt)),
    )
    .returning({ userId: recoveryCodes.userId });
  return taken.length === 1;
}

/** How many recovery codes a person has left. */
export async function countRecoveryCodes(db: Queryable, userId: string): Promise<number> {
  const [row] = await db
    .select({ left: count() })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)));
  return row!.left;
}
