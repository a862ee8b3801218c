import { createHash } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { structured, type TestField, type TestModel, words } from './product-model.ts';

/** Values by field. */
export type Row = Record<string, unknown>;

/** What the product says no with. */
export class Refused extends Error {
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

const comparisons: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};

/** What `list` is asked for. */
interface ListCall {
  readonly model: TestModel;
  readonly payload: Row;
  readonly limit: number;
}

/** The product's tables, in a SQLite database in memory, read as the wire of the admin surface asks for them. */
export function openTables(models: readonly TestModel[]) {
  const db = new DatabaseSync(':memory:');
  const named = (name: unknown): TestModel => {
    const model = models.find((one) => one.name === name);
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

  /** The rows that a filter and a search name, in SQL. */
  const whichRows = (model: TestModel, { filter, search }: Row): [string, SQLInputValue[]] => {
    const values: SQLInputValue[] = [];
    const conditions = filter ? [filterSql(model, filter as Row, values)] : ['1'];
    if (search)
      conditions.push(
        `(${(model.searchFields ?? []).map((name) => values.push(`${String(search)}%`) && `"${name}" LIKE ?`).join(' OR ')})`,
      );
    return [conditions.join(' AND '), values];
  };
  const list = ({ model, payload, limit }: ListCall) => {
    const [condition, values] = whichRows(model, payload);
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
      `SELECT * FROM "${model.name}" WHERE ${condition} ORDER BY "${sort.field}" ${direction}, ${model.key.map((name) => `"${name}" ${direction}`).join(', ')} LIMIT ? OFFSET ?`,
      [...values, limit + 1, from],
    );
    const cursor = (at: number) => Buffer.from(String(at)).toString('base64url');
    const count = payload.count
      ? Number(select(`SELECT count(*) AS n FROM "${model.name}" WHERE ${condition}`, values)[0]!.n)
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
  return {
    db,
    named,
    fieldOf,
    stored,
    wired,
    shown,
    versionOf,
    keyOf,
    where,
    select,
    find,
    whichRows,
    labelsOf,
    list,
  };
}

/** The tables of a test product. */
export type Tables = ReturnType<typeof openTables>;
