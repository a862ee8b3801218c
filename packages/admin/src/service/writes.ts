import { IntentError } from '@castellan/intents';
import type { FieldChange, NewChange } from '../audit/audit-log.ts';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { OrmTransaction, WireValues } from '../orm/adapter.ts';
import { type FoundRow, formatKey, readRow } from '../query/index.ts';
import { readDatabaseRefusal } from './database-refusals.ts';
import { changedFields, digestOf } from './row-version.ts';
import type { AdminRuntime } from './runtime.ts';

/** Who writes, through what. */
export interface Writer {
  readonly runtime: AdminRuntime;
  readonly operator: AdminOperator;
  readonly db: unknown;
  readonly model: AdministeredModel | undefined;
}

/**
 * Runs the one write of a call in one transaction: first its token is used up, then the work is done and records itself. Where anything
 * fails, nothing happened, and the token was not used.
 *
 * @throws IntentError `TOKEN_REPLAYED`, `CONSTRAINT_FAILED`, `VALIDATION_FAILED`, `STATEMENT_TIMEOUT`, `UNAVAILABLE`
 */
export async function writeOnce<T>(writer: Writer, work: (tx: OrmTransaction) => Promise<T>): Promise<T> {
  const { runtime, operator, db } = writer;
  await runtime.log.prepare(db);
  return transact(writer, async (tx) => {
    await runtime.log.useToken(tx, operator);
    return work(tx);
  });
}

/** A transaction whose failures are refusals. For calls that have used their token up already. */
export async function transact<T>(
  { runtime, db, model }: Writer,
  work: (tx: OrmTransaction) => Promise<T>,
): Promise<T> {
  try {
    return await runtime.adapter.transaction(db, work);
  } catch (error) {
    throw readDatabaseRefusal(error, model);
  }
}

/** The row, held until the transaction is over. @throws IntentError `NOT_FOUND` */
export async function holdRow(
  { adapter }: AdminRuntime,
  tx: OrmTransaction,
  model: AdministeredModel,
  key: WireValues,
): Promise<FoundRow> {
  const found = await readRow(adapter, tx, model, key, { lock: true });
  if (!found) throw new IntentError('NOT_FOUND', `There is no such row of ${model.name}.`);
  return found;
}

/** @throws IntentError `CONFLICT`, with the fields that are otherwise, where the row is not the one that was read */
export function requireVersion(model: AdministeredModel, found: FoundRow, version: string): void {
  if (digestOf(version) === found.version) return;
  throw new IntentError('CONFLICT', 'The row was changed since it was read.', {
    details: { changed_fields: changedFields(model, version, found) },
  });
}

/** What is otherwise between two readings of a row. */
export function changesBetween(
  before: FoundRow | undefined,
  after: FoundRow | undefined,
): readonly FieldChange[] {
  const fields = Object.keys(after?.row ?? before?.row ?? {});
  return fields
    .map((field) => ({
      field,
      before: before?.row[field] ?? null,
      after: after?.row[field] ?? null,
    }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

/** Records what was done to a row. */
export async function recordChange(
  { runtime, operator }: Writer,
  tx: OrmTransaction,
  model: AdministeredModel,
  change: Pick<NewChange, 'action' | 'undoes'> & {
    readonly before: FoundRow | undefined;
    readonly after: FoundRow | undefined;
  },
): Promise<void> {
  const { action, undoes, before, after } = change;
  const row = after?.row ?? before?.row;
  await runtime.log.record(tx, {
    operator,
    model: model.name,
    rowId: row ? String(formatKey(model, row)) : null,
    action,
    changes: changesBetween(before, after),
    versionAfter: after?.version ?? null,
    ...(undoes === undefined ? {} : { undoes }),
  });
}
