import type { ColumnDescription, ModelDescription } from '../models/description.ts';
import type { WireValues } from './adapter.ts';

/** A value of the wire as products that use an ORM have it in their own code. Times keep milliseconds: see `exactTimes`. */
export function toOrmValue(column: ColumnDescription, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (column.type) {
    case 'timestamp':
      return new Date(String(value));
    case 'datetime':
      // A time without a zone is the product's local time in a `Date`.
      return new Date(String(value).slice(0, 23));
    case 'bytes':
      return Buffer.from(String(value), 'base64');
    case 'array':
      return (value as readonly unknown[]).map((item) =>
        toOrmValue({ ...column, type: column.itemType ?? 'unknown' }, item),
      );
    default:
      return value;
  }
}

/** A key that an ORM gives back, in the wire's form. */
export function keyToWire(column: ColumnDescription, value: unknown): unknown {
  if (column.type === 'integer') return Number(value);
  if (column.type === 'boolean') return Boolean(value);
  if (value instanceof Date)
    return value.toISOString().replace('Z', column.type === 'timestamp' ? '000Z' : '000');
  return Buffer.isBuffer(value) ? value.toString('base64') : String(value);
}

/** The column of this field. @throws TypeError when there is none: fields are checked before they come here */
export function columnNamed(model: ModelDescription, field: string): ColumnDescription {
  const found = model.columns.find((one) => one.name === field);
  if (!found) throw new TypeError(`${model.name} has no field ${field}.`);
  return found;
}

/** Those times among `values` that are on the row still as they were written: a hook may have had another idea. */
export function untouchedTimes(
  model: ModelDescription,
  values: WireValues,
  current: (field: string) => unknown,
): WireValues {
  return Object.fromEntries(
    Object.entries(values).filter(([field, value]) => {
      const column = columnNamed(model, field);
      if (value === null || (column.type !== 'timestamp' && column.type !== 'datetime')) return false;
      const now = current(field);
      const written = toOrmValue(column, value);
      return !(now instanceof Date) || now.getTime() === (written as Date).getTime();
    }),
  );
}
