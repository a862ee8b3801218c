import { IntentError, IntentService } from '@castellan/intents';
import type { AdministeredModel } from '../models/administered.ts';
import { parseKey, readLabels, readRow, runList } from '../query/index.ts';
import { bulkActions } from './bulk.ts';
import { type AdminArgs, keyOfCall, readable, rowAnswer, writerOf } from './calls.ts';
import { historyActions } from './history.ts';
import { createRow, deleteRow, updateRow } from './row-writes.ts';
import type { AdminRuntime } from './runtime.ts';
import { readId, readMembers, readText, readValues } from './values.ts';
import { writeOnce } from './writes.ts';

/**
 * The actions of one model for operators (A6): the five usual ones, many rows at once, and what became of a row. Roles are gated before
 * any of them is called.
 */
export function modelActions(runtime: AdminRuntime, model: AdministeredModel): IntentService {
  const usual = {
    list: (args: AdminArgs) => readable(model, () => list(runtime, model, args)),
    read: (args: AdminArgs) => readable(model, () => read(runtime, model, args)),
    update: (args: AdminArgs) => update(runtime, model, args),
    delete: (args: AdminArgs) => remove(runtime, model, args),
    ...(model.canCreate ? { create: (args: AdminArgs) => create(runtime, model, args) } : {}),
  };
  return Object.assign(
    new IntentService(),
    usual,
    bulkActions(runtime, model),
    historyActions(runtime, model),
  );
}

async function list(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const { db, payload, skip, limit } = args;
  const { adapter, models } = runtime;
  return runList(adapter, db, model, payload, { skip, limit, models, sealer: await runtime.sealer(db) });
}

async function read({ adapter, models }: AdminRuntime, model: AdministeredModel, { db, id }: AdminArgs) {
  const found = await readRow(adapter, db, model, parseKey(model, readId(id), adapter.dialect));
  if (!found) throw new IntentError('NOT_FOUND', `There is no such row of ${model.name}.`);
  const labels = await readLabels(
    (statement) => adapter.query(db, statement),
    adapter.dialect,
    model,
    models,
    [found.row],
  );
  const { row, version } = rowAnswer(model, found);
  return { row, version, labels };
}

async function create(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const sent = readMembers(args.payload, ['values']);
  const values = readValues(model, runtime.adapter.dialect, sent.values, 'create');
  const writer = writerOf(runtime, model, args);
  return rowAnswer(model, await writeOnce(writer, (tx) => createRow({ writer, tx, model }, values)));
}

async function update(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const key = keyOfCall(runtime, model, args.id);
  const sent = readMembers(args.payload, ['values', 'version']);
  const values = readValues(model, runtime.adapter.dialect, sent.values, 'update');
  const version = readText(sent.version, 'payload.version');
  const writer = writerOf(runtime, model, args);
  const after = await writeOnce(writer, (tx) => updateRow({ writer, tx, model }, key, values, version));
  const answer = rowAnswer(model, after);
  return { row: answer.row, version: answer.version };
}

async function remove(runtime: AdminRuntime, model: AdministeredModel, args: AdminArgs) {
  const key = keyOfCall(runtime, model, args.id);
  const sent = readMembers(args.payload, ['version']);
  const version = sent.version === undefined ? undefined : readText(sent.version, 'payload.version');
  const writer = writerOf(runtime, model, args);
  await writeOnce(writer, (tx) => deleteRow({ writer, tx, model }, key, version));
  return { deleted: true };
}
