import type { FieldType } from '@castellan/contract';

/** What showing and editing a value needs to know of its field; a field of a model is one. */
export interface ValueField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly itemType: FieldType | null;
  readonly values: readonly string[] | null;
  readonly isNullable: boolean;
  readonly maxLength: number | null;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const wallClock = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** The instant that a `timestamp` of the wire names; nothing where it names none. Digits beyond milliseconds are cut. */
export function instantOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The number of bytes that base64 text stands for. */
export function byteCount(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}

/** A value of the wire in one line of words, in the reader's language where it has one; `null` gives the empty text. */
export function textOf(field: Pick<ValueField, 'type' | 'itemType'>, value: unknown): string {
  if (value === null || value === undefined) return '';
  switch (field.type) {
    case 'boolean':
      return value === true ? 'Yes' : value === false ? 'No' : String(value);
    case 'date': {
      const at = instantOf(`${value}T00:00:00Z`);
      return at ? day.format(at) : String(value);
    }
    case 'datetime': {
      const at = instantOf(`${value}Z`);
      return at ? wallClock.format(at) : String(value);
    }
    case 'timestamp': {
      const at = instantOf(value);
      return at ? moment.format(at) : String(value);
    }
    case 'bytes':
      return typeof value === 'string' ? sizeText(byteCount(value)) : JSON.stringify(value);
    case 'array':
      return Array.isArray(value)
        ? value.map((item) => textOf({ type: field.itemType ?? 'unknown', itemType: null }, item)).join(', ')
        : JSON.stringify(value);
    default:
      return typeof value === 'object' || field.type === 'json' ? JSON.stringify(value) : String(value);
  }
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A count in words: `~` before one that is estimated. */
export function countText(
  total: { readonly count: number; readonly isEstimate: boolean } | null | undefined,
): string | undefined {
  return total ? `${total.isEstimate ? '~' : ''}${total.count.toLocaleString()}` : undefined;
}

/** Whether a column of it is read as numbers: right-aligned, in figures of one width. */
export function isNumeric(type: FieldType): boolean {
  return type === 'integer' || type === 'bigint' || type === 'decimal' || type === 'float';
}

/** Whether two values of the wire are the same, objects by their content. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) &&
        isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}
