import {
  type ActivityEvent,
  activityExport,
  activityList,
  activityRead,
  type Page,
  type RouteQuery,
} from '@castellan/contract';
import type { Database, Queryable } from '../../platform/database/transaction.ts';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { defaultPageSize } from '../../platform/http/paged-list.ts';
import { type ActivityFilters, countActivity, findActivity } from './find-activity.ts';
import { readActivity, readActivityEvent } from './read-activity.ts';

export interface ActivityRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
}

/** The timeline (P12). */
export function activityRoutes({ database, cursors }: ActivityRoutesOptions): Implementation[] {
  return [
    implement(activityList, (call) => listActivity(database.db, cursors, call.query)),
    implement(activityRead, (call) => readActivityEvent(database.db, call.params.id)),
    implement(activityExport, async (call) => {
      const filters = call.query;
      // Told before the first byte: whoever has the file is in the timeline.
      await call.write(async (tx) =>
        tx.record({
          action: 'activity_exported',
          target: { kind: 'user', id: call.principal.userId, label: call.principal.name },
          detail: namesOf(filters),
        }),
      );
      return csvAnswer('activity', exportHeader, exportActivity(database.db, filters));
    }),
  ];
}

/** The filters as the wire names them. */
function namesOf({ action, targetId, actorId, workspaceId, since, until }: ActivityFilters) {
  const named = {
    action,
    target_id: targetId,
    actor_id: actorId,
    workspace_id: workspaceId,
    since: since?.toISOString(),
    until: until?.toISOString(),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

async function listActivity(
  db: Queryable,
  cursors: Cursors,
  { cursor, limit, pageSize = limit ?? defaultPageSize, ...filters }: RouteQuery<typeof activityList>,
): Promise<Page<ActivityEvent>> {
  const name = JSON.stringify(['activity', namesOf(filters)]);
  const below = cursor === undefined ? undefined : Number(cursors.open(name, cursor)[0]);
  const { sequences, nextBelow } = await findActivity(db, filters, { below, limit: pageSize });
  return {
    items: await readActivity(db, sequences),
    pageSize,
    ...(below === undefined ? { page: 1, ...(await countActivity(db, filters)) } : {}),
    ...(nextBelow === undefined ? {} : { nextCursor: cursors.seal(name, [String(nextBelow)]) }),
  };
}

const batchSize = 1000;
const exportHeader = [
  'sequence',
  'at',
  'action',
  'actors',
  'target_kind',
  'target_id',
  'target',
  'workspace',
  'service',
  'address',
  'correlation_id',
  'detail',
] as const;

async function* exportActivity(db: Queryable, filters: ActivityFilters) {
  let below: number | undefined;
  do {
    const found = await findActivity(db, filters, { below, limit: batchSize });
    const events = await readActivity(db, found.sequences);
    yield events.map((event) => [
      event.sequence,
      event.at.toISOString(),
      event.action,
      event.actors.map((actor) => actor.label).join(' as '),
      event.target.kind,
      event.target.id,
      event.target.label,
      event.workspace?.name ?? null,
      event.service,
      event.address,
      event.correlationId,
      JSON.stringify(event.detail),
    ]);
    below = found.nextBelow;
  } while (below !== undefined);
}
