import { eq } from 'drizzle-orm';
import { systemOrigin } from '../../platform/activity/event.ts';
import { users } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';

/**
 * Makes an existing account an administrator, from the server's own command line (P3). It also lifts an earlier
 * demotion: whoever holds the server decides.
 */
export async function promoteByEmail(
  database: Database,
  email: string,
): Promise<'promoted' | 'already' | 'unknown' | 'deactivated'> {
  return database.write(systemOrigin, async (tx) => {
    const [user] = await tx.db
      .select()
      .from(users)
      .where(eq(users.email, email.trim().toLowerCase()))
      .for('update');
    if (!user) return 'unknown';
    if (user.state === 'deactivated') return 'deactivated';
    if (user.isAdmin) return 'already';
    await tx.db
      .update(users)
      .set({ isAdmin: true, adminDemotedAt: null, updatedAt: tx.now })
      .where(eq(users.id, user.id));
    tx.record({
      action: 'user_promoted',
      target: { kind: 'user', id: user.id, label: user.name },
      detail: { by: 'castellan-server promote' },
    });
    return 'promoted';
  });
}
