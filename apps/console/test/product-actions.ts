import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type AdminTokenClaims, type OperatorRole, operatorRoleSatisfies } from '@castellan/contract';
import { type TestModel, usualRoles } from './product-model.ts';
import { Refused, type Row, type Tables } from './product-tables.ts';

interface Call {
  readonly claims: AdminTokenClaims;
  readonly model: TestModel;
  readonly id: string;
  readonly payload: Row;
  readonly limit: number;
}

/** What an action of the product's own does. */
export type CustomHandler = (call: Call, db: DatabaseSync) => unknown;

/** Everything that can be asked of the product: reads, gated writes with their history, and actions of its own. */
export function productActions(tables: Tables, custom: Readonly<Record<string, CustomHandler>> | undefined) {
  const { db, named, fieldOf, stored, wired, shown, versionOf, keyOf, where, select, find, whichRows } =
    tables;
  const { labelsOf, list } = tables;
  const history: Row[] = [];
  const seen = new Set<string>();

  const record = (
    call: Call,
    id: string,
    action: string,
    before: Row | undefined,
    after: Row | undefined,
  ) => {
    const changes = call.model.fields
      .filter(
        ({ name }) =>
          JSON.stringify(wired({ name, type: 'x' }, before?.[name])) !==
          JSON.stringify(wired({ name, type: 'x' }, after?.[name])),
      )
      .map((field) => ({
        field: field.name,
        before: field.isRedacted ? null : wired(field, before?.[field.name]),
        after: field.isRedacted ? null : wired(field, after?.[field.name]),
        is_redacted: Boolean(field.isRedacted),
      }));
    history.unshift({
      id: randomBytes(8).toString('hex'),
      at: new Date().toISOString(),
      operator: { id: call.claims.sub, email: call.claims.email },
      action,
      correlation_id: call.claims.correlation_id,
      changes,
      model: call.model.name,
      row: id,
    });
  };
  const checkValues = (model: TestModel, values: Row, isNew: boolean) => {
    for (const [name, value] of Object.entries(values)) {
      const field = fieldOf(model, name);
      if (field.readOnly && !(isNew && field.readOnly === 'key'))
        throw new Refused(422, 'FIELD_READ_ONLY', `${name} can not be written`, {
          fields: [{ field: name, message: 'can not be written' }],
        });
      if (name === 'email' && !/^\S+@\S+$/.test(String(value)))
        throw new Refused(422, 'VALIDATION_FAILED', 'Some values are wrong', {
          fields: [{ field: 'email', message: 'is no e-mail address' }],
        });
    }
  };
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (/constraint failed/.test(String(error)))
        throw new Refused(409, 'CONSTRAINT_FAILED', `The database refuses it: ${(error as Error).message}`);
      throw error;
    }
  };
  const change = (call: Call, id: string, values: Row, version: unknown, action = 'update'): Row => {
    const { model } = call;
    checkValues(model, values, false);
    const before = find(model, id);
    if (version !== versionOf(model, before))
      throw new Refused(409, 'CONFLICT', 'The row was changed meanwhile', {
        details: { changed_fields: Object.keys(values) },
      });
    const names = Object.keys(values);
    const [condition, keys] = where(model, id);
    if (names.length > 0)
      guarded(() =>
        db
          .prepare(
            `UPDATE "${model.name}" SET ${names.map((name) => `"${name}" = ?`).join(', ')} WHERE ${condition}`,
          )
          .run(...names.map((name) => stored(fieldOf(model, name), values[name])), ...keys),
      );
    const after = find(model, id);
    record(call, id, action, before, after);
    return after;
  };
  const remove = (call: Call, id: string, version: unknown) => {
    const before = find(call.model, id);
    if (version !== undefined && version !== versionOf(call.model, before))
      throw new Refused(409, 'CONFLICT', 'The row was changed meanwhile');
    const [condition, keys] = where(call.model, id);
    guarded(() => db.prepare(`DELETE FROM "${call.model.name}" WHERE ${condition}`).run(...keys));
    record(call, id, 'delete', before, undefined);
    return { deleted: true };
  };
  const restore = (call: Call, id: string, values: Row): Row => {
    const names = Object.keys(values);
    guarded(() =>
      db
        .prepare(
          `INSERT INTO "${call.model.name}" (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        )
        .run(...names.map((name) => stored(fieldOf(call.model, name), values[name]))),
    );
    const after = find(call.model, id);
    record(call, id, 'undo', undefined, after);
    return after;
  };
  const needApproval = ({ claims }: Call) => {
    if (!claims.approval) throw new Refused(403, 'APPROVAL_REQUIRED', 'A second operator has to approve it');
  };
  const need = (call: Call, action: string) => {
    const own = call.model.customActions?.find(({ name }) => name === action);
    const role = own
      ? (own.minRole as OperatorRole)
      : ({ ...usualRoles, ...call.model.actions } as Record<string, OperatorRole>)[action];
    if (!role) throw new Refused(403, 'DELETE_DENIED', `${call.model.name} has no ${action}`);
    if (!operatorRoleSatisfies(call.claims.role, role))
      throw new Refused(403, 'INSUFFICIENT_ROLE', `This takes the role ${role}`);
    if (own?.needsApproval) needApproval(call);
  };
  const runOwn = (call: Call, name: string) => {
    const handler = custom?.[`${call.model.name}.${name}`];
    if (!handler) throw new Refused(404, 'UNKNOWN_ACTION', `There is no action ${name}`);
    const before = call.id ? find(call.model, call.id) : undefined;
    const answer = handler(call, db);
    if (before) record(call, call.id, name, before, find(call.model, call.id));
    return answer;
  };
  const commands: Readonly<Record<string, (call: Call) => unknown>> = {
    history: ({ model, payload, claims }) => ({
      items: history
        .filter((entry) => entry.model === model.name && entry.row === payload.id)
        .map(({ model: _, row: __, ...entry }, index) => ({
          ...entry,
          can_undo:
            index === 0 &&
            ['update', 'delete'].includes(String(entry.action)) &&
            operatorRoleSatisfies(claims.role, 'admin'),
        })),
      next_cursor: null,
    }),
    undo(call) {
      need(call, 'update');
      const entry = history.find(({ id }) => id === call.payload.change_id);
      if (!entry) throw new Refused(404, 'NOT_FOUND', 'There is no such change');
      const id = String(entry.row);
      const values = Object.fromEntries((entry.changes as Row[]).map(({ field, before }) => [field, before]));
      const row =
        entry.action === 'delete'
          ? restore(call, id, values)
          : change(call, id, values, versionOf(call.model, find(call.model, id)), 'undo');
      return { row: shown(call.model, row), version: versionOf(call.model, row) };
    },
    bulk_preview(call) {
      const ids = call.payload.ids as string[] | undefined;
      const [condition, values] = whichRows(call.model, call.payload);
      const rows = ids
        ? ids.map((id) => find(call.model, id))
        : select(`SELECT * FROM "${call.model.name}" WHERE ${condition} LIMIT 501`, values);
      return {
        rows: rows.map((row) => ({
          id: keyOf(call.model, row),
          version: versionOf(call.model, row),
          label: String(row[call.model.labelField] ?? ''),
        })),
        count: rows.length,
      };
    },
    bulk_run(call) {
      const { action, rows, values } = call.payload as {
        action: string;
        rows: { id: string; version: string }[];
        values?: Row;
      };
      need(call, action);
      if (call.model.bulkNeedsApproval) needApproval(call);
      const done: unknown[] = [];
      const failed: Row[] = [];
      for (const { id, version } of rows) {
        try {
          if (version !== versionOf(call.model, find(call.model, id)))
            throw new Refused(409, 'CONFLICT', 'The row was changed meanwhile');
          if (action === 'update') change(call, id, values ?? {}, version);
          else if (action === 'delete') remove(call, id, version);
          else runOwn({ ...call, id, payload: values ?? {} }, action);
          done.push(id);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          failed.push({ id, code: error.code, message: error.message });
        }
      }
      return { done, failed };
    },
  };
  /** Answers one call, or throws {@link Refused}. */
  return (claims: AdminTokenClaims, body: string): unknown => {
    const { action, command, ...rest } = JSON.parse(body) as Row;
    const call: Call = {
      claims,
      model: named(rest.model),
      id: String(rest.id ?? ''),
      payload: (rest.payload as Row) ?? {},
      limit: Number(rest.limit ?? 50),
    };
    if (
      !['list', 'read'].includes(String(action)) &&
      !['history', 'bulk_preview'].includes(String(command))
    ) {
      if (seen.has(claims.jti)) throw new Refused(401, 'TOKEN_REPLAYED', 'This token was used');
      seen.add(claims.jti);
    }
    if (action === 'custom') {
      const usual = commands[String(command)];
      if (usual) return usual(call);
      need(call, String(command));
      return runOwn(call, String(command));
    }
    need(call, String(action));
    const { model, payload } = call;
    switch (action) {
      case 'list':
        return list(call);
      case 'read': {
        const row = find(model, call.id);
        return { row: shown(model, row), version: versionOf(model, row), labels: labelsOf(model, [row]) };
      }
      case 'create': {
        const values = payload.values as Row;
        checkValues(model, values, true);
        const names = Object.keys(values);
        const { lastInsertRowid } = guarded(() =>
          db
            .prepare(
              `INSERT INTO "${model.name}" (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
            )
            .run(...names.map((name) => stored(fieldOf(model, name), values[name]))),
        );
        const [row] = select(`SELECT * FROM "${model.name}" WHERE rowid = ?`, [lastInsertRowid]);
        record(call, keyOf(model, row!), 'create', undefined, row);
        return { id: keyOf(model, row!), row: shown(model, row!), version: versionOf(model, row!) };
      }
      case 'update': {
        const row = change(call, call.id, payload.values as Row, payload.version);
        return { row: shown(model, row), version: versionOf(model, row) };
      }
      case 'delete':
        return remove(call, call.id, payload.version);
      default:
        throw new Refused(404, 'UNKNOWN_ACTION', 'There is no such action');
    }
  };
}
