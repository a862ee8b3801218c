import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { type Broken, type Model, type Row, versionOf } from './data.ts';
import { shown } from './query.ts';
import { Refusal } from './refusal.ts';
import type { Claims } from './tokens.ts';

type Json = Record<string, unknown>;
type Rows = Record<string, Row[]>;

interface Change {
  readonly id: string;
  readonly model: string;
  readonly row: string;
  readonly action: string;
  readonly at: string;
  readonly operator: Json;
  readonly correlation_id: unknown;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

/** What a write is about. */
export interface Write {
  readonly model: Model;
  readonly claims: Claims;
  readonly id: string;
  readonly payload: Json;
}

/** The writes of the small product, with single-use tokens, versions and a history. */
export function createWrites(rows: Rows, broken: Broken) {
  const seen = new Set<unknown>();
  const history: Change[] = [];

  const find = ({ model, id }: Pick<Write, 'model' | 'id'>): Row => {
    const row = rows[model.name]?.find((one) => String(one.id) === id);
    if (row) return row;
    if (broken('codes.not_found')) throw new Refusal('MISSING', 'Not here', undefined, 404);
    throw new Refusal('NOT_FOUND');
  };

  async function useOnce({ jti }: Claims): Promise<void> {
    if (seen.has(jti)) throw new Refusal('TOKEN_REPLAYED');
    if (broken('token.replay_at_once')) await after(100);
    seen.add(jti);
    if (!broken('token.replay')) return;
    await after(300);
    seen.delete(jti);
  }

  function record({ model, claims }: Write, row: string, action: string, changes: Change['changes']): void {
    history.unshift({
      id: randomUUID(),
      model: model.name,
      row,
      action,
      at: new Date().toISOString(),
      operator: { id: claims.sub, email: broken('audit.operator') ? 'somebody@shop.example' : claims.email },
      correlation_id: broken('audit.correlation') ? randomUUID() : claims.correlation_id,
      changes,
    });
  }

  function checkValues(model: Model, values: Json, action: 'create' | 'update'): void {
    for (const name of Object.keys(values)) {
      const field = model.fields.find((one) => one.name === name) as { read_only: string | null } | undefined;
      if (!field) {
        if (broken('write.unknown_field')) continue;
        throw new Refusal('UNKNOWN_FIELD');
      }
      if (field.read_only === 'redacted' && !broken(`redaction.${action}`))
        throw new Refusal('FIELD_REDACTED');
      if (field.read_only === null || field.read_only === 'redacted') continue;
      if (action === 'update' && !broken('write.read_only')) throw new Refusal('FIELD_READ_ONLY');
    }
  }

  async function checkVersion(write: Write, row: Row): Promise<void> {
    const { version } = write.payload;
    if (version === undefined) {
      if (broken('write.version_required')) return;
      throw new Refusal('VALIDATION_FAILED');
    }
    const isStale = version !== versionOf(row);
    if (broken('write.one_winner')) await after(100);
    if (!isStale || (broken('write.conflict') && version === 'AAAA')) return;
    if (broken('audit.refused_is_no_history')) record(write, write.id, 'update', []);
    throw new Refusal('CONFLICT', 'Somebody else was here', { changed_fields: [] });
  }

  const answer = (model: Model, row: Row) => ({
    row: shown(model, row, 'read', broken),
    version: versionOf(row),
  });

  return {
    find,
    async create(write: Write) {
      const { model, claims, payload } = write;
      const values = (payload.values ?? {}) as Json;
      checkValues(model, values, 'create');
      await useOnce(claims);
      const row: Row = {
        id: randomUUID(),
        createdAt: new Date().toISOString().replace('Z', '000Z'),
        ...values,
      };
      rows[model.name]!.push(row);
      record(write, String(row.id), 'create', []);
      const made = { id: row.id, ...answer(model, row) };
      return broken('write.create') ? { ...made, version: undefined } : made;
    },
    async update(write: Write) {
      const { model, claims, payload } = write;
      const row = find(write);
      const values = (payload.values ?? {}) as Json;
      checkValues(model, values, 'update');
      await useOnce(claims);
      await checkVersion(write, row);
      const version = versionOf(row);
      const changes = Object.entries(values).map(([field, value]) => ({
        field,
        before: row[field],
        after: value,
      }));
      Object.assign(row, values);
      if (broken('write.partial')) row.active = !row.active;
      record(write, write.id, 'update', changes);
      return broken('write.update') ? { ...answer(model, row), version } : answer(model, row);
    },
    async remove(write: Write) {
      const row = find(write);
      await useOnce(write.claims);
      if (!broken('write.delete')) rows[write.model.name]!.splice(rows[write.model.name]!.indexOf(row), 1);
      record(write, write.id, 'delete', []);
      return { deleted: true };
    },
    history({ model, payload }: Write) {
      const items = history.filter((one) => one.model === model.name && one.row === String(payload.id));
      if (!broken('audit.history')) return { items, next_cursor: null };
      const blind = (item: Change) => ({
        ...item,
        changes: item.changes.map((one) => ({ ...one, before: null })),
      });
      return { items: items.map(blind), next_cursor: null };
    },
    async undo(write: Write) {
      const change = history.find(({ id }) => id === write.payload.change_id);
      if (!change) throw new Refusal('NOT_FOUND');
      const row = find({ model: write.model, id: change.row });
      await useOnce(write.claims);
      if (!broken('audit.undo')) for (const { field, before } of change.changes) row[field] = before;
      record(write, change.row, 'undo', []);
      return answer(write.model, row);
    },
    preview(write: Write) {
      const ids = (write.payload.ids ?? []) as string[];
      const previewed = ids.map((id) => {
        const row = find({ model: write.model, id });
        return { id, version: broken('bulk.preview') ? 'none' : versionOf(row), label: id };
      });
      return { rows: previewed, count: previewed.length };
    },
    async run(write: Write) {
      const {
        action,
        rows: wanted = [],
        values = {},
      } = write.payload as {
        action: string;
        rows?: { id: string; version: string }[];
        values?: Json;
      };
      if (action === 'delete' && write.claims.role !== 'owner' && !broken('gate.bulk'))
        throw new Refusal('INSUFFICIENT_ROLE');
      if (wanted.length > 500 && !broken('bulk.limit')) throw new Refusal('VALIDATION_FAILED');
      await useOnce(write.claims);
      const done: string[] = [];
      const failed: Json[] = [];
      for (const { id, version } of wanted) {
        const row = rows[write.model.name]!.find((one) => String(one.id) === id);
        if (!row) failed.push({ id, code: 'NOT_FOUND', message: 'It is not there' });
        else if (version !== versionOf(row) && !broken('bulk.stale'))
          failed.push({ id, code: 'CONFLICT', message: '' });
        else {
          Object.assign(row, values);
          done.push(id);
        }
      }
      return { done, failed };
    },
  };
}
