import { instantOf, isSame, type ValueField } from './values.ts';

/** What stands in a control: text, or `null` for no value. Every type is edited as text, so that no digit is lost. */
export type Draft = string | null;

/** What a draft says: a value for the wire, or what is wrong with it and how to mend it. */
export type Parsed =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: string; readonly value?: undefined };

const pad = (number: number, width = 2) => String(number).padStart(width, '0');

/** An instant as `datetime-local` has it, in the reader's zone, in whole seconds. */
export function localOf(at: Date): string {
  return (
    `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}` +
    `T${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  );
}

/** What a control begins with. */
export function draftOfValue(field: ValueField, value: unknown): Draft {
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'json':
      return JSON.stringify(value, null, 2);
    case 'array':
      return isLines(field) && Array.isArray(value)
        ? value.map(String).join('\n')
        : JSON.stringify(value, null, 2);
    case 'timestamp': {
      const at = instantOf(value);
      return at ? localOf(at) : String(value);
    }
    case 'datetime':
      return String(value).slice(0, 19);
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

const lineTypes = new Set([
  'string',
  'text',
  'integer',
  'bigint',
  'decimal',
  'float',
  'uuid',
  'enum',
  'date',
]);

/** Whether an array is edited one item a line; others are edited as JSON. */
export function isLines(field: ValueField): boolean {
  return field.type === 'array' && field.itemType !== null && lineTypes.has(field.itemType);
}

const fail = (error: string): Parsed => ({ error });
const good = (value: unknown): Parsed => ({ value });

const shapes = {
  bigint: /^[+-]?\d{1,19}$/,
  integer: /^[+-]?\d{1,16}$/,
  decimal: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/,
  datetime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/,
  bytes: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};
const biggest = 2n ** 63n;

/** Reads a control. Text stays as it is; everything else is trimmed, and empty means no value. */
export function parseDraft(field: ValueField, draft: Draft): Parsed {
  const isText = field.type === 'string' || field.type === 'text';
  const text = isText || draft === null ? draft : draft.trim();
  if (text === null || (text === '' && !isText))
    return field.isNullable
      ? good(null)
      : fail(field.type === 'boolean' || field.type === 'enum' ? 'Choose one.' : 'Fill this in.');
  switch (field.type) {
    case 'boolean':
      return text === 'true' ? good(true) : text === 'false' ? good(false) : fail('Choose one.');
    case 'enum':
      return !field.values || field.values.includes(text) ? good(text) : fail('Choose one of the list.');
    case 'integer': {
      const number = Number(text);
      return shapes.integer.test(text) && Number.isSafeInteger(number)
        ? good(number)
        : fail('Write a whole number, in digits alone.');
    }
    case 'bigint': {
      if (!shapes.bigint.test(text)) return fail('Write a whole number, in digits alone.');
      const number = BigInt(text);
      return number < biggest && number >= -biggest
        ? good(number.toString())
        : fail('This is beyond what 64 bits hold.');
    }
    case 'decimal':
      return shapes.decimal.test(text)
        ? good(text.replace(/^\+/, ''))
        : fail('Write a number, with a point before decimals.');
    case 'float': {
      const number = Number(text);
      return Number.isFinite(number) ? good(number) : fail('Write a number, with a point before decimals.');
    }
    case 'uuid':
      return shapes.uuid.test(text)
        ? good(text.toLowerCase())
        : fail('Write a UUID: 32 hexadecimal digits in five groups.');
    case 'date':
      return shapes.date.test(text) && instantOf(`${text}T00:00:00Z`)
        ? good(text)
        : fail('Write a date as year-month-day.');
    case 'time':
      return shapes.time.test(text) ? good(text) : fail('Write a time as hours:minutes:seconds.');
    case 'datetime':
      return shapes.datetime.test(text) && instantOf(`${text}Z`)
        ? good(wholeTime(text))
        : fail('Write a date and a time.');
    case 'timestamp': {
      const at = instantOf(text);
      return at ? good(`${at.toISOString().slice(0, -1)}000Z`) : fail('Write a date and a time.');
    }
    case 'bytes':
      return shapes.bytes.test(text)
        ? good(text)
        : fail('Write base64: letters, digits, + and /, padded with =.');
    case 'json':
      return parseJson(text);
    case 'array':
      return parseArray(field, text);
    default:
      return field.maxLength !== null && [...text].length > field.maxLength
        ? fail(`Use at most ${field.maxLength.toLocaleString()} characters.`)
        : good(text);
  }
}

/** `datetime` as the wire has it, with six digits of a second. */
function wholeTime(text: string): string {
  const [minutes = '', seconds = '00'] = [text.slice(0, 16), text.slice(17) || undefined];
  const [whole = '00', fraction = ''] = seconds.split('.');
  return `${minutes}:${whole}.${fraction.padEnd(6, '0')}`;
}

/** JSON text with, where it is none, the line at which it stops being any. */
export function parseJson(text: string): Parsed {
  try {
    return good(JSON.parse(text));
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    if (at === undefined) return fail('This is not JSON yet: it ends too early.');
    const line = text.slice(0, Number(at)).split('\n').length;
    return fail(`This is not JSON: look at line ${line}.`);
  }
}

function parseArray(field: ValueField, text: string): Parsed {
  if (!isLines(field)) {
    const parsed = parseJson(text);
    return parsed.error !== undefined || Array.isArray(parsed.value) ? parsed : fail('Write a list: [ … ].');
  }
  const items: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const item = { ...field, type: field.itemType!, itemType: null, isNullable: false };
    const parsed = parseDraft(item, line.trim());
    if (parsed.error !== undefined) return fail(`Line ${index + 1}: ${parsed.error}`);
    items.push(parsed.value);
  }
  return good(items);
}

/** What a form has: a draft for each field that was touched. */
export type Drafts = Readonly<Record<string, Draft>>;

/** The values that a form sends, or what is wrong beside which field. */
export interface FormReading {
  readonly values: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, string>>;
}

/**
 * Reads the touched fields of an edit form: only what differs from the row is sent.
 */
export function readChanges(
  fields: readonly ValueField[],
  row: Readonly<Record<string, unknown>>,
  drafts: Drafts,
): FormReading {
  const values: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const draft = drafts[field.name];
    const held = row[field.name] ?? null;
    // A control that stands as it began changes nothing, not even digits that it does not show.
    if (draft === undefined || draft === draftOfValue(field, held)) continue;
    const parsed = parseDraft(field, draft);
    if (parsed.error !== undefined) errors[field.name] = parsed.error;
    else if (!isSame(parsed.value, held)) values[field.name] = parsed.value;
  }
  return { values, errors };
}

/** Reads a form that makes something new: what was left alone and may be is not sent. */
export function readNew(
  fields: readonly (ValueField & { readonly isOptionalOnCreate: boolean })[],
  drafts: Drafts,
): FormReading {
  const values: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const draft = drafts[field.name] ?? null;
    if (draft === null && field.isOptionalOnCreate) continue;
    const parsed = parseDraft(field, draft);
    if (parsed.error !== undefined) errors[field.name] = parsed.error;
    else values[field.name] = parsed.value;
  }
  return { values, errors };
}

/** One field that another operator changed since this form was opened. */
export interface Collision {
  readonly field: string;
  readonly before: unknown;
  readonly theirs: unknown;
  /** Both changed it, to different values: someone has to decide. */
  readonly mine?: { readonly value: unknown };
}

/** What another operator changed between two readings of a row, beside what this one wants to change. */
export function collisionsOf(
  fields: readonly string[],
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  mine: Readonly<Record<string, unknown>>,
): readonly Collision[] {
  return fields
    .filter((field) => !isSame(before[field] ?? null, now[field] ?? null))
    .map((field) => ({
      field,
      before: before[field] ?? null,
      theirs: now[field] ?? null,
      ...(Object.hasOwn(mine, field) && !isSame(mine[field], now[field] ?? null)
        ? { mine: { value: mine[field] } }
        : {}),
    }));
}
