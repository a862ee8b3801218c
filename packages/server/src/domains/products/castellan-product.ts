import { hash } from 'node:crypto';
import { type AdminModel, type Page, userSorts, userStates, workspaceSorts } from '@castellan/contract';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import { listServices, readService } from '../services/read-services.ts';
import { listUsers } from '../users/list-users.ts';
import { readUserDetail } from '../users/user-detail.ts';
import { listWorkspaces } from '../workspaces/list-workspaces.ts';
import { readWorkspaceDetail } from '../workspaces/workspace-detail.ts';
import { castellanDocument } from './castellan-document.ts';
import type { SentIntent } from './intent-kinds.ts';
import type { ProductOutcome } from './product-outcome.ts';

interface CastellanDeps {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const listPayload = z.strictObject({
  filter: z.unknown().optional(),
  search: z.string().max(200).optional(),
  sort: z
    .array(z.strictObject({ field: z.string(), direction: z.enum(['asc', 'desc']) }))
    .max(1, 'one field at most')
    .optional(),
  cursor: z.string().max(1000).optional(),
  count: z.boolean().optional(),
  fields: z.array(z.string()).max(100).optional(),
});
const condition = z.strictObject({ field: z.string(), op: z.string(), value: z.unknown() });
const group = z.strictObject({ and: z.array(condition).max(10) });
/** What people can be filtered by. */
const filterValues = z.strictObject({
  state: z.enum(userStates).optional(),
  isAdmin: z.boolean().optional(),
});
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const refused = (status: number, code: string, message: string, field?: string): ProductOutcome => ({
  kind: 'refused',
  status,
  code,
  message,
  fields: field ? [{ field, message }] : [],
  details: undefined,
});

/**
 * Castellan's own data, asked as a product is asked and answered by the services that its pages stand on. Nothing is written this way.
 * Only administrators come here: the data is that of `/admin/*`.
 */
export async function askCastellan(deps: CastellanDeps, intent: SentIntent): Promise<ProductOutcome> {
  const model = castellanDocument.models.find(({ name }) => name === intent.model);
  if (!model) return refused(404, 'UNKNOWN_MODEL', 'Castellan has no such model.');
  try {
    if (intent.action === 'list') return await list(deps, model, intent);
    if (intent.action === 'read') return await read(deps, model, intent);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found')
      return refused(404, 'NOT_FOUND', 'There is no such row.');
    throw error;
  }
  return refused(404, 'UNKNOWN_ACTION', 'Castellan’s own data is changed on its own pages.');
}

async function list(deps: CastellanDeps, model: AdminModel, intent: SentIntent): Promise<ProductOutcome> {
  const parsed = listPayload.safeParse(intent.payload ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(422, 'VALIDATION_FAILED', issue!.message, ['payload', ...issue!.path].join('.'));
  }
  const { filter, search, sort: [order] = [], cursor, fields } = parsed.data;
  const wanted = filter === undefined ? [] : conditionsOf(filter);
  if (!wanted) return refused(422, 'UNSUPPORTED_FILTER_OP', 'Only “is”, joined by “and”.', 'payload.filter');
  for (const { field, op } of wanted) {
    const known = model.fields.find(({ name }) => name === field);
    if (!known) return refused(422, 'UNKNOWN_FIELD', `There is no field ${field}.`, 'payload.filter');
    if (!known.operators.some((operator) => operator === op))
      return refused(422, 'UNSUPPORTED_FILTER_OP', `${field} can't be filtered so.`, 'payload.filter');
  }
  const filters = filterValues.safeParse(
    Object.fromEntries(wanted.map(({ field, value }) => [field, value])),
  );
  if (!filters.success)
    return refused(
      422,
      'VALIDATION_FAILED',
      'The value is not one that the field can have.',
      'payload.filter',
    );
  // Services have one order, which a list may ask for by its name.
  const isDefault =
    order?.field === model.defaultSort.field && order.direction === model.defaultSort.direction;
  if (order && !isDefault && !model.fields.some(({ name, isSortable }) => isSortable && name === order.field))
    return refused(422, 'VALIDATION_FAILED', `${order.field} can't be sorted by.`, 'payload.sort');
  const pageSize = intent.limit ?? 50;
  const page = await readPage(deps, model.name, {
    search,
    filters: filters.data,
    sort: order && `${order.direction === 'desc' ? '-' : ''}${snake(order.field)}`,
    cursor,
    pageSize,
    ...(intent.skip && !cursor ? { page: Math.floor(intent.skip / pageSize) + 1 } : {}),
  });
  const shown = new Set(fields ?? model.fields.map(({ name }) => name));
  return {
    kind: 'answered',
    data: {
      items: page.items.map((item) => rowOf(model, item, shown)),
      next_cursor: page.nextCursor ?? null,
      previous_cursor: null,
      total:
        page.total === undefined ? null : { count: page.total, is_estimate: page.totalIsEstimate ?? false },
      labels: {},
      notes: [],
    },
  };
}

interface Asked {
  readonly search: string | undefined;
  readonly filters: z.output<typeof filterValues>;
  readonly sort: string | undefined;
  readonly cursor: string | undefined;
  readonly pageSize: number;
  readonly page?: number;
}

async function readPage(
  { database, cursors }: CastellanDeps,
  model: string,
  { filters, sort, ...asked }: Asked,
): Promise<Page<object>> {
  switch (model) {
    case 'User':
      return listUsers(database.db, cursors, {
        ...asked,
        ...filters,
        sort: userSorts.find((known) => known === sort),
      });
    case 'Workspace':
      return listWorkspaces(database.db, cursors, {
        ...asked,
        sort: workspaceSorts.find((known) => known === sort),
      });
    default:
      return listServices(database.db, cursors, asked);
  }
}

async function read(deps: CastellanDeps, model: AdminModel, intent: SentIntent): Promise<ProductOutcome> {
  const { database, cursors, clock } = deps;
  const id = String(intent.id ?? '');
  if (!isId.test(id)) return refused(404, 'NOT_FOUND', 'There is no such row.');
  const item: object =
    model.name === 'User'
      ? await readUserDetail(database.db, id, clock.now())
      : model.name === 'Workspace'
        ? await readWorkspaceDetail(database.db, cursors, id, clock.now())
        : await readService(database.db, id);
  const row = rowOf(model, item, new Set(model.fields.map(({ name }) => name)));
  const version = hash('sha256', JSON.stringify(row), 'base64url');
  return { kind: 'answered', data: { row, version, labels: {} } };
}

/** The conditions of a filter, or `undefined` where it is of another form. */
function conditionsOf(filter: unknown): z.output<typeof condition>[] | undefined {
  const one = condition.safeParse(filter);
  if (one.success) return [one.data];
  return group.safeParse(filter).data?.and;
}

/** Only what the document names; times as they travel everywhere. */
function rowOf(model: AdminModel, item: object, shown: ReadonlySet<string>): Record<string, unknown> {
  const held = item as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    model.fields
      .filter(({ name, isKey }) => isKey || shown.has(name))
      .map(({ name }) => [
        name,
        held[name] instanceof Date ? held[name].toISOString() : (held[name] ?? null),
      ]),
  );
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
