import { randomUUID } from 'node:crypto';
import type { AdminModel } from '@castellan/contract';
import { type Criterion, criterion, found, must } from '../criterion.ts';
import {
  type Answer,
  describe,
  idOf,
  missingId,
  mustAccept,
  mustRefuse,
  operator,
  type Product,
} from '../product.ts';
import { changes, changing, update, type Writable, writable } from './writable.ts';

interface HistoryItem {
  readonly id: string;
  readonly operator: { readonly id: string; readonly email: string };
  readonly correlation_id: string;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

async function history(
  product: Product,
  { model, id }: Pick<Writable, 'model' | 'id'>,
): Promise<readonly HistoryItem[]> {
  const intent = { model: model.name, action: 'custom', command: 'history', payload: { id } };
  return mustAccept<{ items: readonly HistoryItem[] }>(await product.send(intent)).items;
}

/** What the product keeps of changes (A14, A20). */
export const auditCriteria: readonly Criterion[] = [
  changes(
    'audit.history',
    'A change is in the row’s history with the old and the new value.',
    'Write the audit row in the transaction of the change.',
    async (product, row, after) => {
      const change = (await history(product, row))[0]?.changes.find(({ field }) => field === row.field);
      must(
        change?.before === row.before && change.after === after,
        'the last entry does not tell this change',
      );
    },
  ),
  changes(
    'audit.operator',
    'The history names the operator of the token.',
    'Take `sub` and `email` of the token.',
    async (product, row) => {
      const by = (await history(product, row))[0]?.operator;
      must(by?.id === operator.sub && by.email === operator.email, 'the last entry names another operator');
    },
  ),
  criterion(
    'audit.correlation',
    {
      proves: 'The history holds the correlation id of the token, which the platform’s timeline has too.',
      mend: 'Take `correlation_id` of the token.',
      needsWrites: true,
    },
    async (product) => {
      const correlation_id = randomUUID();
      const look = async (row: Writable): Promise<void> => {
        const last = (await history(product, row))[0];
        must(last?.correlation_id === correlation_id, `the last entry has ${last?.correlation_id}`);
      };
      await changing(product, look, { claims: { correlation_id } });
    },
  ),
  criterion(
    'audit.refused_is_no_history',
    {
      proves: 'A change that was refused is in no history.',
      mend: 'Write the audit row with the change, or not at all.',
      needsWrites: true,
    },
    async (product) => {
      const { model, id } = await writable(product);
      const { version } = await product.read(model, id);
      await changing(product, async (row) => {
        const last = (await history(product, row))[0]?.id;
        await update(product, row, `${row.before} !`, {}, version);
        must((await history(product, row))[0]?.id === last, 'a refused change is in the history');
      });
    },
  ),
  changes(
    'audit.undo',
    'Undoing the last change brings the old value back.',
    'Write `before` of each field, through the gates of today.',
    async (product, row) => {
      const last = found((await history(product, row))[0], 'the row has no history');
      const intent = {
        model: row.model.name,
        action: 'custom',
        command: 'undo',
        payload: { change_id: last.id },
      };
      mustAccept(await product.send(intent));
      const read = await product.read(row.model, row.id);
      must(
        read.row[row.field] === row.before,
        `${row.field} is ${JSON.stringify(read.row[row.field])} after undo`,
      );
    },
  ),
];

async function bulk(product: Product, model: AdminModel, command: string, payload: unknown): Promise<Answer> {
  return product.send({ model: model.name, action: 'custom', command, payload });
}

/** Many rows at once. */
export const bulkCriteria: readonly Criterion[] = [
  criterion(
    'bulk.preview',
    {
      proves: 'A preview gives id and version of each row that a bulk change would touch.',
      mend: 'Answer bulk_preview with `{rows: [{id, version, label}], count}`.',
    },
    async (product) => {
      const subject = await product.find(
        ({ model, rows }) => model.actions.update !== null && rows.length >= 2,
      );
      const { model, rows } = found(subject, 'no model with two rows can be changed');
      const ids = rows.slice(0, 2).map((row) => idOf(model, row));
      const given = await bulk(product, model, 'bulk_preview', { action: 'update', ids });
      const preview = mustAccept<{ rows: readonly { id: string; version: string }[]; count: number }>(given);
      const previewed = preview.rows.map(({ id }) => id).toSorted();
      must(previewed.join() === ids.toSorted().join(), 'the preview names other rows');
      const { version } = await product.read(model, ids[0]!);
      must(
        preview.rows.find(({ id }) => id === ids[0])?.version === version,
        'the versions are not the rows’',
      );
    },
  ),
  criterion(
    'bulk.limit',
    { proves: 'More than 500 rows at once are VALIDATION_FAILED.', mend: 'Bound `rows` of bulk_run.' },
    async (product) => {
      const subject = await product.find(({ model }) => model.actions.update !== null);
      const { model } = found(subject, 'no model can be changed');
      const rows = Array.from({ length: 501 }, () => ({ id: missingId(model), version: 'none' }));
      const answer = await bulk(product, model, 'bulk_run', { action: 'update', rows, values: {} });
      mustRefuse(answer, 422, 'VALIDATION_FAILED');
    },
  ),
  criterion(
    'bulk.stale',
    {
      proves:
        'A row that has changed since the preview is left alone, and named among the failed with CONFLICT.',
      mend: 'Compare each row’s version as a single update does.',
      needsWrites: true,
    },
    async (product) => {
      const { model, id, field, before } = await writable(product);
      const payload = { action: 'update', rows: [{ id, version: 'AAAA' }], values: { [field]: before } };
      const answer = await bulk(product, model, 'bulk_run', payload);
      const { failed } = mustAccept<{ failed: readonly { id: string; code: string }[] }>(answer);
      must(failed[0]?.id === id && failed[0].code === 'CONFLICT', `it was ${describe(answer)}`);
    },
  ),
];
