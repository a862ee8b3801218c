import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import type { Broken, Model, Row } from './data.ts';
import { Refusal } from './refusal.ts';

type Json = Record<string, unknown>;
interface Sort {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}
interface Cursor {
  readonly list: string;
  readonly backward: boolean;
  readonly values: Row;
}

const secret = randomBytes(32);
const operators = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'is_null']);
const forms: Readonly<Record<string, (value: unknown) => boolean>> = {
  uuid: (value) => /^[\da-f-]{36}$/.test(String(value)),
  integer: (value) => Number.isSafeInteger(value) && !Object.is(value, -0),
  bigint: (value) => typeof value === 'string' && /^-?\d{1,19}$/.test(value),
  decimal: (value) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value),
  float: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  enum: (value) => typeof value === 'string',
  date: (value) => /^\d{4}-\d\d-\d\d$/.test(String(value)),
  timestamp: (value) => /^\d{4}-\d\d-\d\dT.*Z$/.test(String(value)),
  string: (value) => typeof value === 'string' && !value.includes('\0'),
  text: (value) => typeof value === 'string' && !value.includes('\0'),
};

/** One list of one model: filter, search, sort, pages, labels. */
export function list(
  model: Model,
  rows: readonly Row[],
  intent: Json,
  all: Record<string, Row[]>,
  broken: Broken,
) {
  const payload = (intent.payload ?? {}) as Json;
  const field = (name: unknown, place: string) => {
    const found = model.fields.find((one) => one.name === name);
    if (!found) {
      const code = place.startsWith('sort') ? 'codes.unknown_sort' : 'codes.unknown_field';
      throw new Refusal(broken(code) ? 'VALIDATION_FAILED' : 'UNKNOWN_FIELD');
    }
    if (found.is_redacted && !broken(`redaction.${place}`))
      throw new Refusal('FIELD_REDACTED', `${name} is redacted`);
    return found as Row & { name: string; type: string; is_nullable: boolean };
  };
  if (payload.filter !== undefined && (typeof payload.filter !== 'object' || payload.filter === null)) {
    if (!broken('codes.validation')) throw new Refusal('VALIDATION_FAILED');
    payload.filter = undefined;
  }
  const matches =
    payload.filter === undefined ? () => true : compileFilter(payload.filter as Json, field, broken);
  for (const name of (payload.fields ?? []) as string[]) field(name, 'fields');
  const given = payload.sort as Sort[] | undefined;
  given?.forEach(({ field: name }, at) => void field(name, at === 0 ? 'sort' : 'sort_second'));
  const sort = given?.[0] ?? (model.default_sort as Sort);
  const limit = limitOf(intent, broken);

  const order = orderBy(sort, field(sort.field, 'sort').type, broken);
  const search = payload.search as string | undefined;
  const sought = (row: Row): boolean =>
    search === undefined ||
    model.search_fields.some((name) => {
      const text = String(row[name] ?? '').toLowerCase();
      return broken('paging.search') ? text === search.toLowerCase() : text.startsWith(search.toLowerCase());
    });
  const kept = rows.filter((row) => matches(row) && sought(row)).toSorted(order);
  const listId = digest([model.name, sort, payload.filter ?? null, search ?? null]);
  const cursor = payload.cursor == null ? undefined : openCursor(String(payload.cursor), listId, broken);

  let from = broken('paging.skip') ? 0 : Number(intent.skip ?? 0);
  let to = from + limit;
  if (cursor) {
    const isBefore = comparesBefore(
      order,
      cursor.values,
      sort,
      field(sort.field, 'sort').is_nullable,
      broken,
    );
    if (cursor.backward) {
      to = kept.findIndex((row) => order(row, cursor.values) >= 0);
      if (to === -1) to = kept.length;
      from = Math.max(0, to - limit);
    } else {
      const at = kept.findIndex(isBefore);
      from = at === -1 ? kept.length : at;
      if (broken('paging.forward') && limit === 3 && !given) from -= 1;
      to = from + limit;
    }
  }
  const page = kept.slice(from, to);
  if (cursor?.backward && broken('paging.backward')) page.reverse();
  const seal = (row: Row, backward: boolean): string =>
    sealCursor({ list: listId, backward, values: row }, broken);
  const last = page.at(-1);
  return {
    items: page.map((row) => shown(model, row, 'list', broken)),
    next_cursor: last && to < kept.length ? seal(last, false) : null,
    previous_cursor: page[0] && from > 0 ? seal(page[0], true) : null,
    total: payload.count
      ? { count: broken('paging.total') ? page.length : kept.length, is_estimate: false }
      : null,
    labels: broken('paging.labels') || model.name !== 'Item' ? {} : { userId: labels(page, all.User ?? []) },
    notes: [],
  };
}

function limitOf(intent: Json, broken: Broken): number {
  const limit = Number(intent.limit ?? 50);
  if (limit > 200 && !broken('codes.limit')) throw new Refusal('VALIDATION_FAILED');
  return limit === 2 && broken('paging.limit') ? 3 : limit;
}

function labels(page: readonly Row[], users: readonly Row[]): Record<string, unknown> {
  const wanted = new Set(page.map(({ userId }) => userId));
  return Object.fromEntries(users.filter(({ id }) => wanted.has(id)).map(({ id, email }) => [id, email]));
}

/** A row without what is redacted. */
export function shown(model: Model, row: Row, place: 'list' | 'read', broken: Broken): Row {
  const given: Row = {};
  for (const { name, type, is_redacted } of model.fields as {
    name: string;
    type: string;
    is_redacted: boolean;
  }[]) {
    if (is_redacted && !broken(`redaction.${place}`)) continue;
    const value = row[name] ?? null;
    if (value === null && place === 'list' && broken('wire.nulls')) continue;
    if (type === 'bigint' && broken('wire.big_numbers')) given[name] = Number(value);
    else if (type === 'timestamp' && broken('wire.times')) given[name] = String(value).replace('Z', '');
    else given[name] = value;
  }
  return given;
}

type FieldOf = (name: unknown, place: string) => Row & { name: string; type: string };

function compileFilter(filter: Json, field: FieldOf, broken: Broken, depth = 0): (row: Row) => boolean {
  if (depth > 20 && !broken('codes.deep_filter')) throw new Refusal('VALIDATION_FAILED');
  const { and, or } = filter as { and?: Json[]; or?: Json[] };
  const parts = (list: Json[]) => list.map((part) => compileFilter(part, field, broken, depth + 1));
  if (and) {
    const all = parts(and);
    return (row) => (broken('filter.and') ? all.some((part) => part(row)) : all.every((part) => part(row)));
  }
  if (or) {
    const any = parts(or);
    return (row) => (broken('filter.or') ? any[0]!(row) : any.some((part) => part(row)));
  }
  const { op, value } = filter as { op: string; value: unknown };
  const place = depth > 0 ? 'filter_in_group' : op === 'is_null' ? 'filter_is_null' : 'filter';
  const { name, type } = namedField(filter, field, place, broken);
  if (!operators.has(op)) {
    throw new Refusal(broken('codes.unsupported_operator') ? 'VALIDATION_FAILED' : 'UNSUPPORTED_FILTER_OP');
  }
  const values = op === 'in' ? (value as unknown[]) : op === 'is_null' ? [] : [value];
  if (String(value).includes('\0') && broken('codes.never_500')) throw new TypeError('invalid byte sequence');
  if (!values.every((one) => forms[type]!(one))) {
    if (broken('filter.wrong_type') && value === 'no such value') return () => false;
    throw new Refusal('VALIDATION_FAILED');
  }
  const isBroken = (own: string): boolean => depth === 0 && broken(`filter.${own}`);
  return (row) => holds(op, type, row[name], value, isBroken);
}

function namedField(filter: Json, field: FieldOf, place: string, broken: Broken) {
  try {
    return field(filter.field, place);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'FIELD_REDACTED' && broken('redaction.error_text'))
      throw new Refusal('FIELD_REDACTED', `${filter.field} can not be compared with ${filter.value}`);
    throw error;
  }
}

function holds(op: string, type: string, held: unknown, value: unknown, broken: Broken): boolean {
  if (op === 'is_null') return (held === null) === (broken('is_null') ? true : value);
  if (held === null) return false;
  const order = compare(type, held, value);
  switch (op) {
    case 'eq':
      return held === value && !broken('eq');
    case 'ne':
      return held !== value || broken('ne');
    case 'lt':
      return broken('lt') ? order <= 0 : order < 0;
    case 'lte':
      return broken('lte') ? order < 0 : order <= 0;
    case 'gt':
      return broken('gt') ? order >= 0 : order > 0;
    case 'gte':
      return broken('gte') ? order > 0 : order >= 0;
    case 'in':
      return (value as unknown[]).slice(0, broken('in') ? 1 : undefined).includes(held);
    default: {
      const [text, part] = [String(held).toLowerCase(), String(value).toLowerCase()];
      if (part.includes('%') && broken('wildcard')) return true;
      if (part.includes("' or '") && broken('injection')) return true;
      return broken('contains') ? text.startsWith(part) : text.includes(part);
    }
  }
}

function compare(type: string, a: unknown, b: unknown): number {
  if (['integer', 'bigint', 'decimal', 'float'].includes(type)) return Number(a) - Number(b);
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

type Order = (a: Row, b: Row) => number;

function orderBy({ field, direction }: Sort, type: string, broken: Broken): Order {
  const isTurned =
    broken(direction === 'asc' ? 'paging.ascending' : 'paging.descending') && type !== 'timestamp';
  const sign = (direction === 'asc') === isTurned ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field] ?? null, b[field] ?? null];
    if (left === null || right === null) {
      if (left !== right) return left === null ? 1 : -1;
    } else {
      const order = compare(type, left, right) * sign;
      if (order !== 0) return order;
    }
    return String(a.id) < String(b.id) ? -1 : Number(String(a.id) > String(b.id));
  };
}

/** Whether a row comes after the cursor's. */
function comparesBefore(order: Order, values: Row, { field }: Sort, isNullable: boolean, broken: Broken) {
  return (row: Row): boolean => {
    if (order(values, row) >= 0) return false;
    if (broken('paging.ties') && !isNullable) return row[field] !== values[field];
    if (broken('paging.nulls') && isNullable) return row[field] !== null && values[field] !== null;
    return true;
  };
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url');

function sealCursor(cursor: Cursor, broken: Broken): string {
  const text = JSON.stringify(cursor);
  if (broken('paging.cursor_sealed')) {
    const body = Buffer.from(text);
    return Buffer.concat([body, createHmac('sha256', secret).update(body).digest()]).toString('base64url');
  }
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function openCursor(sealed: string, listId: string, broken: Broken): Cursor | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const isShort = bytes.length < 40;
  try {
    const cursor = JSON.parse(broken('paging.cursor_sealed') ? unsign(bytes) : decrypt(bytes)) as Cursor;
    if (cursor.list === listId || broken('paging.cursor_of_another_list')) return cursor;
  } catch {
    if (broken(isShort ? 'codes.invalid_cursor' : 'paging.cursor_altered')) return undefined;
  }
  throw new Refusal('INVALID_CURSOR');
}

function unsign(bytes: Buffer): string {
  const body = bytes.subarray(0, -32);
  if (!createHmac('sha256', secret).update(body).digest().equals(bytes.subarray(-32)))
    throw new Error('altered');
  return body.toString();
}

function decrypt(bytes: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
}
