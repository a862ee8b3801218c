import type { AdministeredModel, Sort } from '../../src/models/administered.ts';
import type { ColumnDescription, DialectName } from '../../src/models/description.ts';
import type { WireValues } from '../../src/orm/adapter.ts';

/** A filter as a client sends it. */
export type SentFilter =
  | { readonly field: string; readonly op: string; readonly value?: unknown }
  | { readonly and: readonly SentFilter[] }
  | { readonly or: readonly SentFilter[] };

const byCodePoints = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));

/** A decimal number as a whole number of its 40th decimal. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const size = BigInt(whole + fraction.padEnd(40, '0'));
  return text.startsWith('-') ? -size : size;
}

/** What is no number is the largest, as PostgreSQL has it. */
const byNumber = <T extends number | bigint>(one: T, other: T): number =>
  Object.is(one, other)
    ? 0
    : Number.isNaN(one)
      ? 1
      : Number.isNaN(other)
        ? -1
        : one < other
          ? -1
          : one > other
            ? 1
            : 0;

/** Compares two values of one type as the rule says, knowing nothing of SQL. */
function compareValues(
  dialect: DialectName,
  { type, values = [] }: ColumnDescription,
  one: unknown,
  other: unknown,
): number {
  switch (type) {
    case 'bigint':
      return byNumber(BigInt(String(one)), BigInt(String(other)));
    case 'decimal':
      return byNumber(scaled(String(one)), scaled(String(other)));
    case 'integer':
    case 'float':
      return byNumber(Number(one), Number(other));
    case 'boolean':
      return byNumber(Number(one), Number(other));
    case 'enum':
      return dialect === 'sqlite'
        ? byCodePoints(String(one), String(other))
        : values.indexOf(String(one)) - values.indexOf(String(other));
    default:
      return byCodePoints(String(one), String(other));
  }
}

/** Small letters for capitals of ASCII: what the databases of these tests fold. MariaDB's `_bin` folds nothing. */
function fold(dialect: DialectName, text: string): string {
  return dialect === 'mysql' ? text : text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether a row fulfils a filter, by the rules of docs/reference/admin-lists.md. */
export function matches(
  dialect: DialectName,
  model: AdministeredModel,
  filter: SentFilter,
  row: WireValues,
): boolean {
  if ('and' in filter) return filter.and.every((part) => matches(dialect, model, part, row));
  if ('or' in filter) return filter.or.some((part) => matches(dialect, model, part, row));
  const column = model.column(filter.field)!;
  const held = heldIn(dialect, model, filter.field, row[filter.field]);
  if (filter.op === 'is_null') return (held === null) === filter.value;
  if (held === null) return filter.op === 'ne';
  const order = (): number => compareValues(dialect, column, held, filter.value);
  switch (filter.op) {
    case 'eq':
      return order() === 0;
    case 'ne':
      return order() !== 0;
    case 'lt':
      return order() < 0;
    case 'lte':
      return order() <= 0;
    case 'gt':
      return order() > 0;
    case 'gte':
      return order() >= 0;
    case 'in':
      return (filter.value as unknown[]).some((one) => compareValues(dialect, column, held, one) === 0);
    case 'contains':
      return fold(dialect, String(held)).includes(fold(dialect, String(filter.value)));
    default:
      throw new Error(`No rule for ${filter.op}`);
  }
}

/** A REAL of 4 bytes is what it can hold, not what was written. */
function heldIn(dialect: DialectName, model: AdministeredModel, field: string, value: unknown): unknown {
  return model.column(field)?.sqlType === 'float' && dialect === 'mysql' && typeof value === 'number'
    ? Math.fround(value)
    : (value ?? null);
}

/** Sorts as the list does: `null` is the largest on PostgreSQL, else the smallest; then by the key. */
export function sorted(
  dialect: DialectName,
  model: AdministeredModel,
  rows: readonly WireValues[],
  sort: readonly Sort[],
): readonly WireValues[] {
  const direction = sort.at(-1)?.direction ?? 'asc';
  const whole = [...sort, ...model.key.map((field): Sort => ({ field, direction }))];
  return [...rows].sort((one, other) => {
    for (const { field, direction: towards } of whole) {
      const order = compareWithNulls(dialect, model, field, one[field] ?? null, other[field] ?? null);
      if (order !== 0) return towards === 'asc' ? order : -order;
    }
    return 0;
  });
}

function compareWithNulls(
  dialect: DialectName,
  model: AdministeredModel,
  field: string,
  one: unknown,
  other: unknown,
): number {
  if (one === null || other === null) {
    const order = Number(one === null) - Number(other === null);
    return dialect === 'postgresql' ? order : -order;
  }
  return compareValues(dialect, model.column(field)!, one, other);
}
