import type { AdministeredModel } from '../models/administered.ts';
import type { OrmTransaction, WireValues } from '../orm/adapter.ts';
import { type FoundRow, readRow } from '../query/index.ts';
import { holdRow, recordChange, requireVersion, type Writer } from './writes.ts';

interface RowWrite {
  readonly writer: Writer;
  readonly tx: OrmTransaction;
  readonly model: AdministeredModel;
  /** The change that this one takes back. */
  readonly undoes?: string;
}

/** Makes a row of values that were read, and records it. */
export async function createRow(write: RowWrite, values: WireValues): Promise<FoundRow> {
  const { writer, tx, model } = write;
  const key = await tx.insert(model.source, values);
  const after = await readRow(writer.runtime.adapter, tx, model, key);
  if (!after) throw new Error(`A new row of ${model.name} can not be found by the key that the ORM gave`);
  await recordChange(writer, tx, model, { ...named(write, 'create'), before: undefined, after });
  return after;
}

/**
 * Changes one row, if it is still the one that was read, and records it.
 * @throws IntentError `NOT_FOUND`, `CONFLICT`
 */
export async function updateRow(
  write: RowWrite,
  key: WireValues,
  values: WireValues,
  version: string,
): Promise<FoundRow> {
  const { writer, tx, model } = write;
  const before = await holdRow(writer.runtime, tx, model, key);
  requireVersion(model, before, version);
  if (Object.keys(values).length > 0) await tx.update(model.source, key, values);
  const after = await holdRow(writer.runtime, tx, model, key);
  await recordChange(writer, tx, model, { ...named(write, 'update'), before, after });
  return after;
}

/**
 * Deletes one row, softly where the model does so, and records it.
 * @param version where it is known, the row has to be the one that was read
 * @throws IntentError `NOT_FOUND`, `CONFLICT`
 */
export async function deleteRow(
  write: RowWrite,
  key: WireValues,
  version: string | undefined,
): Promise<void> {
  const { writer, tx, model } = write;
  const before = await holdRow(writer.runtime, tx, model, key);
  if (version !== undefined) requireVersion(model, before, version);
  await tx.delete(model.source, key);
  await recordChange(writer, tx, model, { ...named(write, 'delete'), before, after: undefined });
}

function named({ undoes }: RowWrite, action: string): { readonly action: string; readonly undoes?: string } {
  return undoes === undefined ? { action } : { action: 'undo', undoes };
}
