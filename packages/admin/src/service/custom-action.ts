import { type Dispatch, type IntentArgs, IntentError } from '@castellan/intents';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { WireValues } from '../orm/adapter.ts';
import { parseKey, readRow } from '../query/index.ts';
import type { AdminRuntime } from './runtime.ts';
import { invalid } from './values.ts';
import { changesBetween, type Writer, writeOnce } from './writes.ts';

/**
 * Runs a custom action of the product's own (A11). One that changes something runs inside of the transaction that its token is used up
 * in; what it did to the row that it was called for is recorded with it.
 */
export async function runCustomAction(
  runtime: AdminRuntime,
  model: AdministeredModel | undefined,
  { action, custom, isReadOnly, model: name, args }: Dispatch,
  handle: (args: IntentArgs) => Promise<unknown>,
): Promise<unknown> {
  if (custom?.takesRow === true && args.id === undefined) throw invalid('id', 'the row that it is done to');
  if (isReadOnly) return handle(args);
  const operator = args.user as AdminOperator;
  const writer: Writer = { runtime, operator, db: args.db, model };
  const { adapter, log } = runtime;
  const key = model && keyNamed(runtime, model, args.id);
  return writeOnce(writer, async (tx) => {
    const before = model && key && (await readRow(adapter, tx, model, key));
    const result = await handle({ ...args, db: tx.db });
    const after = model && key && (await readRow(adapter, tx, model, key));
    await log.record(tx, {
      operator,
      model: name,
      rowId: args.id === undefined ? null : String(args.id),
      action,
      changes: changesBetween(before, after),
      versionAfter: after?.version ?? null,
    });
    return result;
  });
}

/** The key of the row that it is called for; its own handler judges an id that is none. */
function keyNamed(runtime: AdminRuntime, model: AdministeredModel, id: unknown): WireValues | undefined {
  if (id === undefined) return undefined;
  try {
    return parseKey(model, id, runtime.adapter.dialect);
  } catch (error) {
    if (error instanceof IntentError) return undefined;
    throw error;
  }
}
