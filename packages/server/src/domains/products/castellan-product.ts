import { hash } from 'node:crypto';
import type { AdminModel } from '@castellan/contract';
import { z } from 'zod';
import type { Database } from '../../platform/database/transaction.ts';
import { type Browsable, browse, browseOne } from '../../platform/http/browse.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { ListProblem } from '../../platform/http/read-filter.ts';
import { Refusal } from '../../platform/refusal.ts';
import { readSnapshot } from '../access-explain/snapshot.ts';
import { castellanDocument, castellanModels } from './castellan-document.ts';
import type { SentIntent } from './intent-kinds.ts';
import type { ProductOutcome } from './product-outcome.ts';

interface CastellanDeps {
  readonly database: Database;
  readonly cursors: Cursors;
}

const listPayload = z.strictObject({
  filter: z.unknown().optional(),
  search: z.string().max(200).nullish(),
  sort: z
    .array(z.strictObject({ field: z.string(), direction: z.enum(['asc', 'desc']) }))
    .max(1, 'one field at most')
    .nullish(),
  cursor: z.string().max(1000).nullish(),
  count: z.boolean().optional(),
  fields: z.array(z.string()).max(100).nullish(),
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
 * Castellan's own data, asked as a product is asked and answered in the same words. Nothing is written this way. Only administrators
 * come here: the data is that of `/admin/*`.
 */
export async function askCastellan(deps: CastellanDeps, intent: SentIntent): Promise<ProductOutcome> {
  const model = castellanDocument.models.find(({ name }) => name === intent.model);
  const rows = model && castellanModels[model.name];
  if (!model || !rows) return refused(404, 'UNKNOWN_MODEL', 'Castellan has no such model.');
  try {
    if (intent.action === 'list') return await list(deps, model, rows, intent);
    if (intent.action === 'read') return await read(deps, model, rows, intent);
  } catch (error) {
    const known = problemOf(error);
    if (known) return known;
    throw error;
  }
  return refused(404, 'UNKNOWN_ACTION', 'Castellan’s own data is changed on its own pages.');
}

/** What a product would say of it. */
function problemOf(error: unknown): ProductOutcome | undefined {
  if (error instanceof ListProblem) return refused(422, error.code, error.message, error.field);
  if (error instanceof Refusal && error.code === 'not_found')
    return refused(404, 'NOT_FOUND', 'There is no such row.');
  if (error instanceof Refusal && error.fields?.[0]?.field === 'cursor')
    return refused(
      422,
      'INVALID_CURSOR',
      'This cursor belongs to another list, or is damaged. Start from the first page.',
      'payload.cursor',
    );
  return isStatementTimeout(error)
    ? refused(
        503,
        'STATEMENT_TIMEOUT',
        'Looking into every row took too long. Add a filter on an indexed field, or search for how a word begins.',
      )
    : undefined;
}

/** Whether the database ended a statement because of its time. */
function isStatementTimeout(error: unknown): boolean {
  for (let cause = error as { code?: string; cause?: unknown } | undefined; cause; ) {
    if (cause.code === '57014') return true;
    cause = cause.cause as typeof cause;
  }
  return false;
}

async function list(
  { database, cursors }: CastellanDeps,
  model: AdminModel,
  rows: Browsable,
  intent: SentIntent,
): Promise<ProductOutcome> {
  const parsed = listPayload.safeParse(intent.payload ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(422, 'VALIDATION_FAILED', issue!.message, ['payload', ...issue!.path].join('.'));
  }
  const { filter, search, sort, cursor, count = false, fields } = parsed.data;
  const known = new Set(model.fields.map(({ name }) => name));
  const unknown = fields?.findIndex((name) => !known.has(name)) ?? -1;
  if (unknown >= 0)
    return refused(422, 'UNKNOWN_FIELD', 'is no field of this model', `payload.fields[${unknown}]`);
  const browsing = browse(cursors, rows, {
    filter,
    search: search ?? undefined,
    sort: sort?.[0],
    cursor: cursor ?? undefined,
    skip: intent.skip ?? 0,
    limit: intent.limit ?? 50,
  });
  const { timeoutMs } = browsing;
  const page =
    timeoutMs === undefined
      ? await browsing.read(database.db)
      : await readSnapshot(database.pool, { timeoutMs }, ({ db }) => browsing.read(db));
  const { total } = page;
  const shown = new Set(fields ?? model.listFields);
  return {
    kind: 'answered',
    data: {
      items: page.items.map((item) => rowOf(model, item, shown)),
      next_cursor: page.nextCursor ?? null,
      previous_cursor: page.previousCursor ?? null,
      total: count && total ? { count: total.count, is_estimate: total.isEstimate } : null,
      labels: {},
      notes: browsing.notes,
    },
  };
}

async function read(
  { database }: CastellanDeps,
  model: AdminModel,
  rows: Browsable,
  intent: SentIntent,
): Promise<ProductOutcome> {
  const id = String(intent.id ?? '');
  if (!isId.test(id)) return refused(404, 'NOT_FOUND', 'There is no such row.');
  const item = await browseOne(database.db, rows, id.toLowerCase());
  const row = rowOf(model, item, new Set(model.fields.map(({ name }) => name)));
  const version = hash('sha256', JSON.stringify(row), 'base64url');
  return { kind: 'answered', data: { row, version, labels: {} } };
}

/** Only what the document names; times as they travel everywhere. */
function rowOf(
  model: AdminModel,
  held: Readonly<Record<string, unknown>>,
  shown: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(
    model.fields
      .filter(({ name, isKey }) => isKey || shown.has(name))
      .map(({ name }) => [
        name,
        held[name] instanceof Date ? held[name].toISOString() : (held[name] ?? null),
      ]),
  );
}
