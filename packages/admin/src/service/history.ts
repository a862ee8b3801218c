import { customAction, type Handler, IntentError } from '@castellan/intents';
import type { ChangesOf, RecordedChange } from '../audit/audit-log.ts';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { DialectName } from '../models/description.ts';
import type { OrmTransaction, Statement, WireValues } from '../orm/adapter.ts';
import { type FoundRow, formatKey, parseKey, readRow } from '../query/index.ts';
import { type AdminArgs, readable, rowAnswer, writerOf } from './calls.ts';
import { gateOf, pass } from './gates.ts';
import { createRow, deleteRow, updateRow } from './row-writes.ts';
import type { AdminRuntime } from './runtime.ts';
import { invalid, readId, readMembers, readText, readValues } from './values.ts';
import { holdRow, recordChange, type Writer, writeOnce } from './writes.ts';

const pageLength = 50;
const changeId = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What became of a row, and taking the last of it back (A20). */
export function historyActions(runtime: AdminRuntime, model: AdministeredModel): Record<string, Handler> {
  return {
    history: customAction({ adminOnly: true, readOnly: true, minRole: 'support' }, (args: AdminArgs) =>
      readable(model, () => history(runtime, model, args)),
    ),
    undo: customAction({ adminOnly: true }, (args: AdminArgs) => undo(runtime, model, args)),
  };
}

async function history(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const { adapter, log } = runtime;
  const sent = readMembers(args.payload, ['id', 'correlation_id', 'cursor']);
  const before = sent.cursor === undefined || sent.cursor === null ? undefined : sent.cursor;
  if (before !== undefined && (typeof before !== 'string' || !changeId.test(before)))
    throw new IntentError('INVALID_CURSOR', 'This is no cursor of a history.', { status: 422 });
  await log.prepare(args.db);
  const read = (statement: Statement) => adapter.query(args.db, statement);
  const of = whichChanges(runtime, model, sent.id ?? args.id, sent.correlation_id);
  const found = await log.list(read, model.name, of, { before, limit: pageLength + 1 });
  const changes = found.slice(0, pageLength);
  const rows = await currentRows(runtime, model, args.db, changes);
  return {
    items: changes.map((change) => ({
      id: change.id,
      at: change.at,
      operator: change.operator,
      action: change.action,
      row_id: change.rowId,
      correlation_id: change.correlationId,
      changes: shownChanges(model, change),
      can_undo: canUndo(model, args.user, change, rows.get(change.rowId)),
    })),
    next_cursor: found.length > pageLength ? (changes.at(-1)?.id ?? null) : null,
  };
}

function whichChanges(
  { adapter }: AdminRuntime,
  model: AdministeredModel,
  id: unknown,
  correlationId: unknown,
): ChangesOf {
  if (correlationId !== undefined) {
    if (id !== undefined) throw invalid('payload', 'either `id` or `correlation_id`');
    return { correlationId: readText(correlationId, 'payload.correlation_id').slice(0, 64) };
  }
  // In its one form: an id may be written in several ways.
  const key = parseKey(model, readId(id, 'payload.id'), adapter.dialect);
  return { rowId: String(formatKey(model, key)) };
}

/** The rows as they are now, of the changes of one page. */
async function currentRows(
  { adapter }: AdminRuntime,
  model: AdministeredModel,
  db: unknown,
  changes: readonly RecordedChange[],
): Promise<ReadonlyMap<string | null, FoundRow | undefined>> {
  const rows = new Map<string | null, FoundRow | undefined>();
  for (const { rowId } of changes) {
    if (rowId === null || rows.has(rowId)) continue;
    const key = keyRecorded(adapter.dialect, model, rowId);
    rows.set(rowId, key && (await readRow(adapter, db, model, key)));
  }
  return rows;
}

/** A custom action may have been called for what is no id of this model; and very long ids are kept as digests. */
function keyRecorded(dialect: DialectName, model: AdministeredModel, rowId: string): WireValues | undefined {
  try {
    return parseKey(model, rowId, dialect);
  } catch (error) {
    if (error instanceof IntentError) return undefined;
    throw error;
  }
}

/** What was recorded, without the values of what is redacted by now. */
function shownChanges(model: AdministeredModel, { action, changes }: RecordedChange) {
  const masked = (field: string) => ({ field, before: null, after: null, is_redacted: true });
  const shown = changes.map(({ field, before, after }) =>
    model.redacted.has(field) || !model.column(field)
      ? masked(field)
      : { field, before, after, is_redacted: false },
  );
  const named = new Set(changes.map(({ field }) => field));
  // What a deleted row held there is gone with it, and was never read.
  const gone = action === 'delete' ? [...model.redacted].filter((field) => !named.has(field)) : [];
  return [...shown, ...gone.map(masked)];
}

type Reversal = 'update' | 'create' | 'delete';

/** The action that takes a change back; `undefined` for what can't be taken back. */
function reversalOf(model: AdministeredModel, { action, changes }: RecordedChange): Reversal | undefined {
  switch (action) {
    case 'create':
      return 'delete';
    case 'update': {
      const isWritable = changes.every(({ field }) => model.column(field) && !model.readOnly.has(field));
      // What the database counts up or computes by itself changes along, and back again.
      const written = changes.filter(({ field }) => !model.readOnly.has(field));
      return written.length > 0 && (isWritable || isOnlyTouched(model, changes)) ? 'update' : undefined;
    }
    case 'delete':
      return model.softDelete || (model.redacted.size === 0 && model.canCreate) ? 'create' : undefined;
    default:
      return undefined;
  }
}

function isOnlyTouched(model: AdministeredModel, changes: RecordedChange['changes']): boolean {
  return changes.every(({ field }) => {
    const reason = model.readOnly.get(field);
    return model.column(field) !== undefined && (reason === undefined || reason === 'generated');
  });
}

/** Bringing a row back asks for what deleting it asked for. */
const gatedAs: Readonly<Record<Reversal, 'update' | 'delete'>> = {
  update: 'update',
  delete: 'delete',
  create: 'delete',
};

function passReversal(model: AdministeredModel, operator: AdminOperator, reversal: Reversal): void {
  const deletesFrom = reversal === 'delete' ? model : undefined;
  pass(operator, gateOf(model, gatedAs[reversal], undefined), { deletesFrom });
}

function canUndo(
  model: AdministeredModel,
  operator: AdminOperator,
  change: RecordedChange,
  current: FoundRow | undefined,
): boolean {
  const reversal = reversalOf(model, change);
  if (!reversal || change.versionAfter !== (current?.version ?? null)) return false;
  try {
    passReversal(model, operator, reversal);
    return true;
  } catch (error) {
    // An approval can still be asked for.
    return (error as IntentError).code === 'APPROVAL_REQUIRED';
  }
}

async function undo(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const sent = readMembers(args.payload, ['change_id']);
  const id = readText(sent.change_id, 'payload.change_id');
  const writer = writerOf(runtime, model, args);
  return writeOnce(writer, async (tx) => {
    const change = await runtime.log.find((statement) => tx.query(statement), model.name, id);
    if (!change || change.rowId === null) throw new IntentError('NOT_FOUND', 'There is no such change.');
    // A caller may name the row as well, as the platform's timeline then does: it has to be the change's.
    if (args.id !== undefined && !isOfRow(runtime, model, change, args.id))
      throw new IntentError('NOT_FOUND', 'There is no such change of this row.');
    const reversal = reversalOf(model, change);
    if (!reversal) throw new IntentError('CONFLICT', 'This change can not be taken back by itself.');
    passReversal(model, args.user, reversal);
    const key = parseKey(model, change.rowId, runtime.adapter.dialect);
    return reverse({ writer, tx, model, undoes: change.id }, key, reversal, change);
  });
}

function isOfRow(
  { adapter }: AdminRuntime,
  model: AdministeredModel,
  { rowId }: RecordedChange,
  id: unknown,
): boolean {
  const key = parseKey(model, readId(id, 'id'), adapter.dialect);
  return String(formatKey(model, key)) === rowId;
}

interface Reversing {
  readonly writer: Writer;
  readonly tx: OrmTransaction;
  readonly model: AdministeredModel;
  readonly undoes: string;
}

async function reverse(
  write: Reversing,
  key: WireValues,
  reversal: Reversal,
  change: RecordedChange,
): Promise<unknown> {
  const { writer, tx, model, undoes } = write;
  const { runtime } = writer;
  if (reversal === 'create') return bringBack(write, key, change);
  const current = await holdRow(runtime, tx, model, key);
  if (current.version !== change.versionAfter)
    throw new IntentError('CONFLICT', 'The row was changed since.', {
      details: {
        changed_fields: change.changes
          .filter(({ field, after }) => JSON.stringify(current.row[field] ?? null) !== JSON.stringify(after))
          .map(({ field }) => field)
          .filter((field) => !model.redacted.has(field)),
      },
    });
  if (reversal === 'delete') {
    await deleteRow({ writer, tx, model, undoes }, key, undefined);
    return { deleted: true };
  }
  const before = change.changes.filter(({ field }) => !model.readOnly.has(field));
  const values = readValues(
    model,
    runtime.adapter.dialect,
    Object.fromEntries(before.map((one) => [one.field, one.before])),
    'update',
  );
  const after = await updateRow({ writer, tx, model, undoes }, key, values, current.version);
  const { row, version } = rowAnswer(model, after);
  return { row, version };
}

/** A row that was deleted: its mark is taken off, or, where it is gone, it is made again of everything that it held. */
async function bringBack(write: Reversing, key: WireValues, change: RecordedChange): Promise<unknown> {
  const { writer, tx, model, undoes } = write;
  const { adapter } = writer.runtime;
  if (await readRow(adapter, tx, model, key)) throw new IntentError('CONFLICT', 'The row is there again.');
  if (!model.softDelete) {
    const held = change.changes.filter(({ field }) => {
      const reason = model.readOnly.get(field);
      return reason === undefined || reason === 'key';
    });
    const values = Object.fromEntries(held.map(({ field, before }) => [field, before]));
    return rowAnswer(model, await createRow(write, readValues(model, adapter.dialect, values, 'create')));
  }
  await tx.restore(model.source, key);
  const after = await holdRow(writer.runtime, tx, model, key);
  await recordChange(writer, tx, model, { action: 'undo', undoes, before: undefined, after });
  return rowAnswer(model, after);
}
