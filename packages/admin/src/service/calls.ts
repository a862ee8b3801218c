import type { IntentArgs } from '@castellan/intents';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { WireValues } from '../orm/adapter.ts';
import { type FoundRow, formatKey, parseKey } from '../query/index.ts';
import { readDatabaseRefusal } from './database-refusals.ts';
import { versionOnWire } from './row-version.ts';
import type { AdminRuntime } from './runtime.ts';
import { readId } from './values.ts';
import type { Writer } from './writes.ts';

/** What every handler of an administered model is given. */
export type AdminArgs = IntentArgs<unknown, AdminOperator, unknown>;

/** Who writes by a call. */
export function writerOf(runtime: AdminRuntime, model: AdministeredModel, { user, db }: AdminArgs): Writer {
  return { runtime, operator: user, db, model };
}

/** The key that a call names. @throws IntentError `VALIDATION_FAILED` */
export function keyOfCall(runtime: AdminRuntime, model: AdministeredModel, id: unknown): WireValues {
  return parseKey(model, readId(id), runtime.adapter.dialect);
}

/** Reads, and says what the database means where it refuses. */
export async function readable<T>(model: AdministeredModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readDatabaseRefusal(error, model);
  }
}

/** A row as it is answered with. */
export function rowAnswer(
  model: AdministeredModel,
  found: FoundRow,
): { readonly id: string; readonly row: WireValues; readonly version: string } {
  return { id: String(formatKey(model, found.row)), row: found.row, version: versionOnWire(model, found) };
}
