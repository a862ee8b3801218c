import { lt } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { passkeyChallenges, pendingSignIns, secondFactorFailures } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';

/** Removes challenges and waiting sign-ins that have run out, and wrong codes that count no more. */
export async function sweepFactors(db: Queryable, now: Date): Promise<void> {
  await db.delete(passkeyChallenges).where(lt(passkeyChallenges.expiresAt, now));
  await db.delete(pendingSignIns).where(lt(pendingSignIns.expiresAt, after(now, -3600)));
  await db.delete(secondFactorFailures).where(lt(secondFactorFailures.at, after(now, -24 * 3600)));
}
