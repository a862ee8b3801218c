import type { SecondFactorMethod } from '@castellan/contract';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { recoveryCodes, users, workspacePolicies } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';

/** Whether a sign-in needs a second factor, and what it can be proved with. */
export type SecondFactorDue =
  | { readonly due: false }
  | {
      readonly due: true;
      /** Empty exactly if `mustEnrol`. */
      readonly methods: readonly SecondFactorMethod[];
      /** The workspace asks for a second factor and this person has none: they must add one first. */
      readonly mustEnrol: boolean;
    };

/**
 * Whether somebody who proved `amr` (RFC 8176) needs a second factor now: whoever has one is always asked for it, and a
 * workspace may ask it of everybody. A passkey that verified its user is two factors (`mfa`).
 *
 * @param sign.workspaceId the workspace that the sign-in is for, where that is known
 */
export async function secondFactorDue(
  db: Queryable,
  sign: {
    readonly userId: string;
    readonly amr: readonly string[];
    readonly workspaceId?: string | null | undefined;
  },
): Promise<SecondFactorDue> {
  if (sign.amr.includes('mfa')) return { due: false };
  const [row] = await db
    .select({
      factors: users.secondFactors,
      required: sign.workspaceId
        ? sql<boolean>`EXISTS (SELECT FROM ${workspacePolicies} WHERE ${workspacePolicies.workspaceId} = ${sign.workspaceId} AND ${workspacePolicies.secondFactorRequired})`
        : sql<boolean>`false`,
    })
    .from(users)
    .where(eq(users.id, sign.userId));
  const factors = row?.factors ?? [];
  if (factors.length > 0)
    return { due: true, methods: await methodsOf(db, sign.userId, factors), mustEnrol: false };
  return row?.required ? { due: true, methods: [], mustEnrol: true } : { due: false };
}

/** What a person who holds these factors can prove the second one with. */
export async function methodsOf(
  db: Queryable,
  userId: string,
  factors: readonly ('totp' | 'passkey')[],
): Promise<SecondFactorMethod[]> {
  const [code] = await db
    .select({ userId: recoveryCodes.userId })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)))
    .limit(1);
  return [...factors, ...(code ? (['recovery_code'] as const) : [])];
}
