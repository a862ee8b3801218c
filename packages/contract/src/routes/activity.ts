import { z } from 'zod';
import { activityActions } from '../events.ts';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { actorKinds, targetKinds, workspaceRoles } from '../vocabulary.ts';
import { id, instant, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

const Actor = wire({ kind: z.enum(actorKinds), id: id.nullable(), label: z.string() });

/** One line of the timeline. Labels are as they were when it happened. */
export const ActivityEvent = wire({
  id,
  /** The place in the one order of events; numbers are given after commit. */
  sequence: z.int(),
  action: z.enum(activityActions),
  /** Who did it, outermost first: an operator as a person shows both. */
  actors: z.array(Actor),
  target: wire({ kind: z.enum(targetKinds), id: id.nullable(), label: z.string() }),
  workspace: wire({ id, name: z.string() }).nullable(),
  service: z.string().nullable(),
  /** What changed: `{field: {before, after}}` for edits, facts by name otherwise. */
  detail: z.record(z.string(), z.unknown()),
  address: z.string().nullable(),
  correlationId: z.string().nullable(),
  at: instant,
});
export type ActivityEvent = z.output<typeof ActivityEvent>;

const filters = {
  action: z.enum(activityActions).optional(),
  targetId: id.optional(),
  actorId: id.optional(),
  workspaceId: id.optional(),
  since: instant.optional(),
  until: instant.optional(),
};

export const activityList = defineRoute({
  ...forAdministrators,
  id: 'activity.list',
  method: 'GET',
  path: '/admin/activity',
  summary: 'What happened, newest first',
  query: wire({
    ...filters,
    limit: z.coerce.number<string | number>().int().min(1).max(200).optional(),
    cursor: listQuery.cursor,
    pageSize: listQuery.pageSize,
  }),
  success: [200, pageOf(ActivityEvent)],
});

export const activityRead = defineRoute({
  ...forAdministrators,
  id: 'activity.read',
  method: 'GET',
  path: '/admin/activity/{id}',
  summary: 'One event',
  params: idParams,
  success: [200, ActivityEvent],
  errors: ['not_found'],
});

export const activityExport = defineRoute({
  ...forAdministrators,
  id: 'activity.export',
  method: 'GET',
  path: '/admin/activity/export',
  summary: 'Activity as CSV, streamed, newest first',
  query: wire(filters),
  gives: 'csv',
  success: [200, null],
});

const DayCount = wire({ /** Calendar day in UTC. */ day: z.iso.date(), count: z.int() });

/** The numbers of the dashboard, as they are at this moment. */
export const Stats = wire({
  users: wire({ total: z.int(), active: z.int(), invited: z.int(), deactivated: z.int() }),
  /** People who signed in within the last 30 days. */
  activeUsers30d: z.int(),
  workspaces: z.int(),
  groups: z.int(),
  services: z.int(),
  liveSessions: z.int(),
  /** Members by workspace role, over all workspaces. */
  roles: z.strictObject(
    Object.fromEntries(workspaceRoles.map((role) => [role, z.int()])) as Record<
      (typeof workspaceRoles)[number],
      z.ZodInt
    >,
  ),
  /** Workspaces by size. */
  workspaceSizes: z.array(wire({ label: z.string(), count: z.int() })),
  /** The last 30 days, oldest first, days without any included. */
  signInsByDay: z.array(DayCount),
  newUsersByDay: z.array(DayCount),
  recentActivity: z.array(ActivityEvent),
});
export type Stats = z.output<typeof Stats>;

export const stats = defineRoute({
  ...forAdministrators,
  id: 'stats.read',
  method: 'GET',
  path: '/admin/stats',
  summary: 'Totals, activity by day, the latest events',
  success: [200, Stats],
});
