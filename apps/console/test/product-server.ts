// Long because it is one idea: a whole small product that answers the wire of the admin surface.
import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { OperatorRole } from '@castellan/contract';
import {
  AdminTokenClaims,
  adminTokenType,
  operatorRoleSatisfies,
  schemaDocumentVersion,
} from '@castellan/contract';

/** A field of the test product: as in a schema document, with what most fields have left out. */
interface TestField {
  readonly name: string;
  readonly type: string;
  readonly [more: string]: unknown;
}
/** A model of the test product, and its table. */
export interface TestModel {
  readonly name: string;
  readonly labelPlural: string;
  readonly key: readonly string[];
  readonly labelField: string;
  readonly fields: readonly TestField[];
  readonly listFields: readonly string[];
  readonly searchFields?: readonly string[];
  readonly sort: string;
  readonly referencedBy?: readonly { model: string; field: string }[];
  readonly actions?: Partial<Record<string, string | null>>;
  readonly customActions?: readonly Readonly<Record<string, unknown>>[];
}

/** How the product behaves now, for states that a console has to bear. */
export type Mood = 'well' | 'nonsense' | 'older' | 'slow';

type Row = Record<string, unknown>;
interface Call {
  readonly claims: AdminTokenClaims;
  readonly model: TestModel;
  readonly id: string;
  readonly payload: Row;
  readonly limit: number;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Row;
  constructor(status: number, code: string, message: string, more: Row = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** What an action of the product's own does. */
export type CustomHandler = (call: Call, db: DatabaseSync) => unknown;

const comparisons: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};
const structured = new Set(['json', 'array']);
const defaults = { read: 'support', list: 'support', create: 'admin', update: 'admin', delete: 'owner' };
const words = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/^./, (letter) => letter.toUpperCase());

/**
 * A product on loopback that answers the admin-machine wire out of a SQLite database in memory, after checking each token.
 *
 * @param options.keys the platform's JWKS
 */
export async function startTestProduct(options: {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: () => Promise<{ keys: (JsonWebKey & { kid?: string })[] }>;
  readonly models: readonly TestModel[];
  readonly custom?: Readonly<Record<string, CustomHandler>>;
  readonly canImpersonate?: boolean;
}) {
  const db = new DatabaseSync(':memory:');
  const history: Row[] = [];
  const seen = new Set<string>();
  let mood: Mood = 'well';
  let slowMs = 0;

  const named = (name: unknown): TestModel => {
    const model = options.models.find((one) => one.name === name);
    if (!model) throw new Refused(404, 'UNKNOWN_MODEL', 'There is no such model');
    return model;
  };
  const fieldOf = (model: TestModel, name: unknown): TestField => {
    const field = model.fields.find((one) => one.name === name);
    if (!field) throw new Refused(422, 'UNKNOWN_FIELD', `There is no field ${String(name)}`);
    if (field.isRedacted) throw new Refused(422, 'FIELD_REDACTED', `${field.name} is never shown`);
    return field;
  };
  const stored = (field: TestField, value: unknown): SQLInputValue => {
    if (value === null || value === undefined) return null;
    if (structured.has(field.type)) return JSON.stringify(value);
    if (field.type === 'boolean') return value ? 1 : 0;
    return field.type === 'bigint' ? BigInt(value as string) : (value as SQLInputValue);
  };
  const wired = (field: TestField, value: unknown): unknown => {
    if (value === null || value === undefined) return null;
    if (structured.has(field.type)) return JSON.parse(value as string);
    if (field.type === 'boolean') return Boolean(value);
    return ['bigint', 'decimal'].includes(field.type)
      ? String(value)
      : typeof value === 'bigint'
        ? Number(value)
        : value;
  };
  const shown = (model: TestModel, row: Row, names?: readonly string[]): Row =>
    Object.fromEntries(
      model.fields
        .filter(
          (field) =>
            !field.isRedacted && (!names || names.includes(field.name) || model.key.includes(field.name)),
        )
        .map((field) => [field.name, wired(field, row[field.name])]),
    );
  const versionOf = (model: TestModel, row: Row) =>
    createHash('sha256')
      .update(JSON.stringify(shown(model, row)))
      .digest('base64url')
      .slice(0, 22);
  const keyOf = (model: TestModel, row: Row) => {
    const texts = model.key.map((name) => String(row[name]));
    return texts.length === 1 ? texts[0]! : JSON.stringify(texts);
  };
  const where = (model: TestModel, id: string): [string, SQLInputValue[]] => {
    const parts = model.key.length === 1 ? [id] : (JSON.parse(id) as string[]);
    return [
      model.key.map((name) => `"${name}" = ?`).join(' AND '),
      model.key.map((name, index) => {
        const { type } = fieldOf(model, name);
        return type === 'integer' || type === 'bigint' ? BigInt(parts[index]!) : parts[index]!;
      }),
    ];
  };
  const select = (sql: string, values: SQLInputValue[]): Row[] => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...values) as Row[];
  };
  const find = (model: TestModel, id: string): Row => {
    const [condition, values] = where(model, id);
    const [row] = select(`SELECT * FROM "${model.name}" WHERE ${condition}`, values);
    if (!row) throw new Refused(404, 'NOT_FOUND', 'There is no such row');
    return row;
  };
  const filterSql = (model: TestModel, filter: Row, values: SQLInputValue[]): string => {
    for (const [word, joined] of [
      ['and', ' AND '],
      ['or', ' OR '],
    ] as const) {
      const parts = filter[word] as Row[] | undefined;
      if (parts)
        return parts.length === 0
          ? '1'
          : `(${parts.map((part) => filterSql(model, part, values)).join(joined)})`;
    }
    const field = fieldOf(model, filter.field);
    const { op, value } = filter;
    if (op === 'is_null') return `"${field.name}" IS ${value === false ? 'NOT ' : ''}NULL`;
    if (op === 'in') {
      const list = (value as unknown[]).map((one) => values.push(stored(field, one)) && '?');
      return `"${field.name}" IN (${list.join(', ')})`;
    }
    if (op === 'contains') {
      values.push(`%${String(value)}%`);
      return `"${field.name}" LIKE ?`;
    }
    const sign = comparisons[String(op)];
    if (!sign) throw new Refused(422, 'UNSUPPORTED_FILTER_OP', `${String(op)} is no operator`);
    values.push(stored(field, value));
    return field.type === 'decimal'
      ? `CAST("${field.name}" AS REAL) ${sign} CAST(? AS REAL)`
      : `"${field.name}" ${sign} ?`;
  };
  const labelsOf = (model: TestModel, rows: readonly Row[]): Row =>
    Object.fromEntries(
      model.fields.flatMap((field) => {
        const references = field.references as { model: string; field: string } | undefined;
        if (!references) return [];
        const target = named(references.model);
        const labels = rows.flatMap((row) => {
          const value = row[field.name];
          if (value === null || value === undefined) return [];
          const [found] = select(
            `SELECT "${target.labelField}" AS label FROM "${target.name}" WHERE "${references.field}" = ?`,
            [value as SQLInputValue],
          );
          return found ? [[String(value), String(found.label)] as const] : [];
        });
        return [[field.name, Object.fromEntries(labels)]];
      }),
    );

  const list = ({ model, payload, limit }: Call) => {
    const values: SQLInputValue[] = [];
    const conditions = payload.filter ? [filterSql(model, payload.filter as Row, values)] : ['1'];
    if (payload.search) {
      conditions.push(
        `(${(model.searchFields ?? []).map((name) => values.push(`${String(payload.search)}%`) && `"${name}" LIKE ?`).join(' OR ')})`,
      );
    }
    const [asked] = (payload.sort as { field: string; direction: string }[] | undefined) ?? [];
    const sort = asked ?? {
      field: model.sort.replace('-', ''),
      direction: model.sort.startsWith('-') ? 'desc' : 'asc',
    };
    const sorted = fieldOf(model, sort.field);
    const from = payload.cursor === undefined ? 0 : Number(Buffer.from(String(payload.cursor), 'base64url'));
    if (!Number.isSafeInteger(from) || from < 0)
      throw new Refused(422, 'INVALID_CURSOR', 'This cursor is none of this list');
    const direction = sort.direction === 'desc' ? 'DESC' : 'ASC';
    const rows = select(
      `SELECT * FROM "${model.name}" WHERE ${conditions.join(' AND ')} ORDER BY "${sort.field}" ${direction}, ${model.key.map((name) => `"${name}" ${direction}`).join(', ')} LIMIT ? OFFSET ?`,
      [...values, limit + 1, from],
    );
    const cursor = (at: number) => Buffer.from(String(at)).toString('base64url');
    const count = payload.count
      ? Number(
          select(`SELECT count(*) AS n FROM "${model.name}" WHERE ${conditions.join(' AND ')}`, values)[0]!.n,
        )
      : undefined;
    const items = rows.slice(0, limit);
    return {
      items: items.map((row) => shown(model, row, payload.fields as string[] | undefined)),
      next_cursor: rows.length > limit ? cursor(from + limit) : null,
      previous_cursor: from > 0 ? cursor(Math.max(0, from - limit)) : null,
      total: count === undefined ? null : { count, is_estimate: count > 400 },
      labels: labelsOf(model, items),
      notes:
        sorted.isIndexed === false
          ? [`Sorted by ${words(sorted.name)}, which has no index: this is slow on a large table.`]
          : [],
    };
  };
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
  const need = (call: Call, action: string) => {
    const own = call.model.customActions?.find(({ name }) => name === action);
    const role = own
      ? (own.minRole as OperatorRole)
      : ({ ...defaults, ...call.model.actions } as Record<string, OperatorRole>)[action];
    if (!role) throw new Refused(403, 'DELETE_DENIED', `${call.model.name} has no ${action}`);
    if (!operatorRoleSatisfies(call.claims.role, role))
      throw new Refused(403, 'INSUFFICIENT_ROLE', `This takes the role ${role}`);
    if (own?.needsApproval && !call.claims.approval)
      throw new Refused(403, 'APPROVAL_REQUIRED', 'A second operator has to approve it');
  };
  const runOwn = (call: Call, name: string) => {
    const handler = options.custom?.[`${call.model.name}.${name}`];
    if (!handler) throw new Refused(404, 'UNKNOWN_ACTION', `There is no action ${name}`);
    const before = call.id ? find(call.model, call.id) : undefined;
    const answer = handler(call, db);
    if (before) record(call, call.id, name, before, find(call.model, call.id));
    return answer;
  };
  const custom: Readonly<Record<string, (call: Call) => unknown>> = {
    history: ({ model, payload, claims }) => ({
      items: history
        .filter((entry) => entry.model === model.name && entry.row === payload.id)
        .map(({ model: _, row: __, ...entry }, index) => ({
          ...entry,
          can_undo: index === 0 && entry.action === 'update' && operatorRoleSatisfies(claims.role, 'admin'),
        })),
      next_cursor: null,
    }),
    undo(call) {
      need(call, 'update');
      const entry = history.find(({ id }) => id === call.payload.change_id);
      if (!entry) throw new Refused(404, 'NOT_FOUND', 'There is no such change');
      const id = String(entry.row);
      const values = Object.fromEntries((entry.changes as Row[]).map(({ field, before }) => [field, before]));
      const row = change(call, id, values, versionOf(call.model, find(call.model, id)), 'undo');
      return { row: shown(call.model, row), version: versionOf(call.model, row) };
    },
    bulk_preview(call) {
      const ids = call.payload.ids as string[] | undefined;
      const values: SQLInputValue[] = [];
      const rows = ids
        ? ids.map((id) => find(call.model, id))
        : select(
            `SELECT * FROM "${call.model.name}" WHERE ${filterSql(call.model, call.payload.filter as Row, values)} LIMIT 501`,
            values,
          );
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
  const answer = (claims: AdminTokenClaims, body: string): unknown => {
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
      const usual = custom[String(command)];
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

  const verified = async (request: IncomingMessage, body: string): Promise<AdminTokenClaims> => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const [head = '', claims = '', signature = ''] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString() || '{}');
    const jwk = (await options.keys()).keys.find(({ kid }) => kid === header.kid);
    const holds =
      jwk &&
      header.alg === 'EdDSA' &&
      header.typ === adminTokenType &&
      verify(
        null,
        Buffer.from(`${head}.${claims}`),
        createPublicKey({ key: jwk, format: 'jwk' }),
        Buffer.from(signature, 'base64url'),
      );
    const parsed = AdminTokenClaims.safeParse(
      holds ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined,
    );
    if (!parsed.success) throw new Refused(401, 'TOKEN_INVALID', 'This token is not the platform’s');
    const { iss, aud, exp, iat, method, body_sha256 } = parsed.data;
    const digest = createHash('sha256').update(body).digest('base64url');
    const now = Date.now() / 1000;
    if (
      iss !== options.issuer ||
      aud !== options.audience ||
      method !== request.method ||
      body_sha256 !== digest ||
      exp < now - 30 ||
      exp - iat > 60
    )
      throw new Refused(401, 'TOKEN_INVALID', 'This token is for something else');
    return parsed.data;
  };
  const document = () => ({
    version: mood === 'older' ? 0 : schemaDocumentVersion,
    service: options.audience,
    revision: 'test',
    can_impersonate: options.canImpersonate ?? false,
    models: options.models.map(describeModel),
  });

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString();
      const say = (status: number, content: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
      try {
        const claims = await verified(request, body);
        if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
        if (mood === 'nonsense')
          return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>');
        say(200, { data: request.method === 'GET' ? document() : answer(claims, body) });
      } catch (error) {
        if (error instanceof Refused)
          say(error.status, {
            error: { code: error.code, message: error.message, request_id: 'r', ...error.more },
          });
        else say(500, { error: { code: 'INTERNAL', message: String(error), request_id: 'r' } });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    db,
    /** Changes how it behaves. */
    feel(next: Mood, delayMs = 0) {
      mood = next;
      slowMs = delayMs;
    },
    /** Goes down, for good. */
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const operatorsOf = (type: string, isNullable: boolean): readonly string[] => {
  const empty = isNullable ? ['is_null'] : [];
  if (['json', 'bytes', 'array', 'unknown'].includes(type)) return empty;
  if (type === 'boolean') return ['eq', 'ne', ...empty];
  if (type === 'enum' || type === 'uuid') return ['eq', 'ne', 'in', ...empty];
  if (type === 'string') return ['eq', 'ne', 'contains', 'in', ...empty];
  if (type === 'text') return ['contains', ...empty];
  return ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', ...empty];
};

function describeModel(model: TestModel) {
  const gates = { ...defaults, ...model.actions };
  return {
    name: model.name,
    label: words(model.name),
    label_plural: model.labelPlural,
    key: model.key,
    label_field: model.labelField,
    fields: model.fields.map(({ name, type, ...more }) => ({
      name,
      label: (more.label as string) ?? words(name),
      type,
      item_type: more.itemType ?? null,
      values: more.values ?? null,
      is_nullable: more.isNullable ?? false,
      is_key: model.key.includes(name),
      is_redacted: more.isRedacted ?? false,
      read_only: more.isRedacted ? 'redacted' : (more.readOnly ?? null),
      is_optional_on_create: more.isOptional ?? more.isNullable ?? false,
      max_length: more.maxLength ?? null,
      operators: more.isRedacted ? [] : operatorsOf(type, Boolean(more.isNullable)),
      is_sortable: !more.isRedacted && !structured.has(type),
      is_indexed: more.isIndexed ?? true,
      references: more.references ?? null,
    })),
    list_fields: model.listFields,
    search_fields: model.searchFields ?? [],
    default_sort: {
      field: model.sort.replace('-', ''),
      direction: model.sort.startsWith('-') ? 'desc' : 'asc',
    },
    actions: Object.fromEntries(
      Object.entries(gates).map(([action, role]) => [
        action,
        role ? { min_role: role, needs_approval: false } : null,
      ]),
    ),
    custom_actions: (model.customActions ?? []).map((action) => ({
      name: action.name,
      label: action.label ?? words(String(action.name)),
      description: action.description ?? '',
      min_role: action.minRole,
      is_read_only: action.isReadOnly ?? false,
      needs_approval: action.needsApproval ?? false,
      takes_row: action.takesRow ?? true,
      form: action.form ?? null,
    })),
    referenced_by: model.referencedBy ?? [],
  };
}
