import { and, eq } from 'drizzle-orm';
import { groups, members, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** With whom something is shared: one person or one group. */
export interface Grantee {
  readonly kind: 'user' | 'group';
  readonly id: string;
}

/**
 * The one grantee of a request that may name a person or a group.
 * @throws Refusal `validation_failed`, which names both fields, when there are none or two
 */
export function oneGrantee({
  userId,
  groupId,
}: {
  readonly userId?: string | undefined;
  readonly groupId?: string | undefined;
}): Grantee {
  if (userId !== undefined && groupId === undefined) return { kind: 'user', id: userId };
  if (groupId !== undefined && userId === undefined) return { kind: 'group', id: groupId };
  const message =
    userId === undefined
      ? 'name one person by user_id or one group by group_id'
      : 'name a person or a group, not both: share twice for two';
  throw new Refusal('validation_failed', {
    fields: [
      { field: 'user_id', message },
      { field: 'group_id', message },
    ],
  });
}

/** A grantee by the name that events give. */
export interface NamedGrantee extends Grantee {
  readonly name: string;
}

/**
 * A member or group of a workspace that stays so until this transaction ends: whoever removes them at the same moment
 * comes before, and they are not found here, or after, and what they are given now ends with them.
 */
export async function findGrantee(
  tx: Transaction,
  workspaceId: string,
  grantee: Grantee,
): Promise<NamedGrantee | undefined> {
  const [found] =
    grantee.kind === 'user'
      ? await tx.db
          .select({ id: users.id, name: users.name })
          .from(members)
          .innerJoin(users, eq(users.id, members.userId))
          .where(and(eq(members.workspaceId, workspaceId), eq(members.userId, grantee.id)))
          .for('key share', { of: members })
      : await tx.db
          .select({ id: groups.id, name: groups.name })
          .from(groups)
          .where(and(eq(groups.workspaceId, workspaceId), eq(groups.id, grantee.id)))
          .for('key share');
  return found && { kind: grantee.kind, ...found };
}
