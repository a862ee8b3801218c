import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What a person's pages say of them. */
export interface OwnAccount {
  readonly email: string;
  readonly name: string;
  readonly emailVerifiedAt: Date | null;
  readonly passwordHash: string | null;
  readonly passwordSetAt: Date | null;
}

/**
 * A person's own account, fresh.
 * @throws Refusal `session_ended` when it is gone
 */
export async function readOwnAccount(db: Queryable, userId: string): Promise<OwnAccount> {
  const [row] = await db
    .select({
      email: users.email,
      name: users.name,
      emailVerifiedAt: users.emailVerifiedAt,
      passwordHash: users.passwordHash,
      passwordSetAt: users.passwordSetAt,
    })
    .from(users)
    .where(eq(users.id, userId));
  if (!row) throw new Refusal('session_ended');
  return row;
}
