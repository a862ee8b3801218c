import { customAction, type Handler, IntentError, type OtherActions } from '@castellan/intents';
import type { AdministeredModel } from '../models/administered.ts';
import type { OrmTransaction, WireValues } from '../orm/adapter.ts';
import { formatKey, parseKey, readRow, readRows, runList } from '../query/index.ts';
import type { AdminArgs } from './calls.ts';
import { versionOnWire } from './row-version.ts';
import { deleteRow, updateRow } from './row-writes.ts';
import type { AdminRuntime } from './runtime.ts';
import { invalid, readId, readMembers, readText, readValues } from './values.ts';
import { holdRow, recordChange, requireVersion, transact, type Writer, writeOnce } from './writes.ts';

/** Most rows of one call. */
const mostRows = 500;

/** What `bulk_run` is given beside its arguments. */
export type BulkArgs = AdminArgs & { readonly others: OtherActions };

interface BulkRow {
  readonly id: string;
  readonly version: string;
}

/** Many rows at once: first which rows these are, with their versions; then exactly these. */
export function bulkActions(runtime: AdminRuntime, model: AdministeredModel): Record<string, Handler> {
  return {
    bulk_preview: customAction({ adminOnly: true, readOnly: true, minRole: 'support' }, (args: AdminArgs) =>
      preview(runtime, model, args),
    ),
    bulk_run: customAction({ adminOnly: true }, (args: AdminArgs) => run(runtime, model, args as BulkArgs)),
  };
}

async function preview(runtime: AdminRuntime, model: AdministeredModel, { db, payload }: AdminArgs) {
  const { adapter } = runtime;
  const sent = readMembers(payload, ['action', 'filter', 'search', 'ids', 'values']);
  readText(sent.action, 'payload.action');
  const { filter } = sent;
  // An empty one would name every row.
  const search = sent.search === undefined ? undefined : readText(sent.search, 'payload.search');
  if ((sent.ids === undefined) === (filter === undefined && search === undefined))
    throw invalid('payload', 'either `ids`, or `filter`, `search` or both');
  if (sent.action === 'update' && sent.values !== undefined)
    readValues(model, adapter.dialect, sent.values, 'update');
  const { keys, count } =
    sent.ids === undefined
      ? await keysOfList(runtime, model, db, { filter, search })
      : keysOfIds(runtime, model, sent.ids);
  const found = new Map(
    (await readRows(adapter, db, model, keys)).map((one) => [String(formatKey(model, one.row)), one]),
  );
  const rows = keys.flatMap((key) => {
    const id = String(formatKey(model, key));
    const one = found.get(id);
    if (!one) return [];
    const label = one.row[model.labelField];
    return [{ id, version: versionOnWire(model, one), label: label === null ? null : String(label) }];
  });
  return { rows, count: count ?? rows.length };
}

function keysOfIds({ adapter }: AdminRuntime, model: AdministeredModel, ids: unknown) {
  if (!Array.isArray(ids) || ids.length > mostRows) throw invalid('payload.ids', `at most ${mostRows} ids`);
  const keys = ids.map((id: unknown, at) =>
    parseKey(model, readId(id, `payload.ids[${at}]`), adapter.dialect),
  );
  return { keys, count: undefined };
}

/** The rows that a list of this filter and search would show, read by the same compiler. */
async function keysOfList(
  runtime: AdminRuntime,
  model: AdministeredModel,
  db: unknown,
  asked: { readonly filter: unknown; readonly search: unknown },
) {
  const sealer = await runtime.sealer(db);
  const payload = { ...asked, fields: model.key, count: true };
  const { items, total } = await runList(runtime.adapter, db, model, payload, {
    skip: 0,
    limit: mostRows,
    sealer,
  });
  return { keys: items as readonly WireValues[], count: total?.count };
}

/** Each row in a transaction of its own: one that was changed since, or that a constraint refuses, leaves the others alone. */
async function run(runtime: AdminRuntime, model: AdministeredModel, args: BulkArgs) {
  const sent = readMembers(args.payload, ['action', 'rows', 'values']);
  const action = readText(sent.action, 'payload.action');
  const rows = readRowList(sent.rows);
  const change = changeNamed(runtime, model, action, args, sent.values);
  const writer: Writer = { runtime, operator: args.user, db: args.db, model };
  // The token first, by itself: its second use finds it used, however many rows the first one came to.
  await writeOnce(writer, async () => {});
  const done: BulkRow[] = [];
  const failed: { readonly id: string; readonly code: string; readonly message: string }[] = [];
  for (const { id, version } of rows) {
    try {
      const after = await transact(writer, (tx) =>
        change(writer, tx, parseKey(model, id, runtime.adapter.dialect), version),
      );
      done.push({ id, version: after });
    } catch (error) {
      failed.push({ id, ...refusalOf(error, args.context.requestId) });
    }
  }
  return { done, failed };
}

/** Does it to one row, and gives the row's version afterwards; of one that is gone, an empty text. */
type RowChange = (writer: Writer, tx: OrmTransaction, key: WireValues, version: string) => Promise<string>;

function changeNamed(
  runtime: AdminRuntime,
  model: AdministeredModel,
  action: string,
  args: BulkArgs,
  sent: unknown,
): RowChange {
  if (action === 'update') {
    const values = readValues(model, runtime.adapter.dialect, sent, 'update');
    return async (writer, tx, key, version) =>
      versionOnWire(model, await updateRow({ writer, tx, model }, key, values, version));
  }
  if (action === 'delete') {
    return async (writer, tx, key, version) => {
      await deleteRow({ writer, tx, model }, key, version);
      return '';
    };
  }
  const custom = args.others.find(action);
  if (!custom || action === 'bulk_run' || action === 'undo')
    throw new IntentError('UNKNOWN_ACTION', `${model.name} has no action ${action.slice(0, 100)} here.`);
  return async (writer, tx, key, version) => {
    const before = await holdRow(runtime, tx, model, key);
    requireVersion(model, before, version);
    await args.others.call(action, { ...args, db: tx.db, id: formatKey(model, key), payload: sent });
    const after = await readRow(runtime.adapter, tx, model, key);
    await recordChange(writer, tx, model, { action, before, after });
    return after ? versionOnWire(model, after) : '';
  };
}

function readRowList(sent: unknown): readonly BulkRow[] {
  if (!Array.isArray(sent) || sent.length > mostRows)
    throw invalid('payload.rows', `at most ${mostRows} rows, each {id, version}`);
  return sent.map((row: unknown, at) => {
    const { id, version } = (typeof row === 'object' && row !== null ? row : {}) as Record<string, unknown>;
    return {
      id: String(readId(id, `payload.rows[${at}].id`)),
      version: readText(version, `payload.rows[${at}].version`),
    };
  });
}

function refusalOf(error: unknown, requestId: string): { readonly code: string; readonly message: string } {
  if (error instanceof IntentError) return { code: error.code, message: error.message };
  // Nobody meant this: its text is for the log alone.
  console.error(`a row of bulk_run failed (${requestId})`, error);
  const { code, message } = new IntentError('INTERNAL');
  return { code, message };
}
