import type { ActivityAction, ActivityEvent, TargetKind } from '@castellan/contract';
import { desc, eq, inArray } from 'drizzle-orm';
import { activityEvents } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** A row of the log as the contract tells it. */
export function toActivityEvent(row: typeof activityEvents.$inferSelect): ActivityEvent {
  return {
    id: row.id,
    sequence: row.sequence,
    // Written by `tx.record`, which takes the contract's names only.
    action: row.action as ActivityAction,
    actors: row.actors.map(({ kind, id, label }) => ({ kind, id, label })),
    target: { kind: row.targetKind as TargetKind, id: row.targetId, label: row.targetLabel },
    workspace: row.workspaceId === null ? null : { id: row.workspaceId, name: row.workspaceName ?? '' },
    service: row.service,
    detail: row.detail,
    address: row.address,
    correlationId: row.correlationId,
    at: row.at,
  };
}

/** Events by their places, newest first. */
export async function readActivity(db: Queryable, sequences: readonly number[]): Promise<ActivityEvent[]> {
  if (sequences.length === 0) return [];
  const rows = await db
    .select()
    .from(activityEvents)
    .where(inArray(activityEvents.sequence, [...sequences]))
    .orderBy(desc(activityEvents.sequence));
  return rows.map(toActivityEvent);
}

/** The latest events of all. */
export async function readLatestActivity(db: Queryable, limit: number): Promise<ActivityEvent[]> {
  const rows = await db.select().from(activityEvents).orderBy(desc(activityEvents.sequence)).limit(limit);
  return rows.map(toActivityEvent);
}

/** @throws Refusal `not_found` */
export async function readActivityEvent(db: Queryable, id: string): Promise<ActivityEvent> {
  const [row] = await db.select().from(activityEvents).where(eq(activityEvents.id, id));
  if (!row) throw new Refusal('not_found');
  return toActivityEvent(row);
}
