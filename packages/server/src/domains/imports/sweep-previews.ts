import { and, eq, lt } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { importJobs } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';

/** How long an upload that nobody started is kept: it holds people's names and addresses for no purpose. */
const keptSeconds = 7 * 24 * 3600;

/** Takes away the uploads that were previewed and never started, with their rows. What was started keeps its report. */
export async function sweepPreviews(db: Queryable, now: Date): Promise<void> {
  await db
    .delete(importJobs)
    .where(and(eq(importJobs.state, 'previewed'), lt(importJobs.createdAt, after(now, -keptSeconds))));
}
