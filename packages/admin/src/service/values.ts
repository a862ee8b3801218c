import { type FieldProblem, IntentError } from '@castellan/intents';
import { adminError } from '../errors.ts';
import { type AdministeredModel, isOptionalOnCreate } from '../models/administered.ts';
import type { DialectName } from '../models/description.ts';
import type { WireValues } from '../orm/adapter.ts';
import { readWrittenValues } from '../query/index.ts';

/** A payload's members, with no other ones than these. @throws IntentError `VALIDATION_FAILED` */
export function readMembers<Name extends string>(
  payload: unknown,
  names: readonly Name[],
): Readonly<Partial<Record<Name, unknown>>> {
  if (payload === undefined || payload === null) return {} as Partial<Record<Name, unknown>>;
  if (!isRecord(payload)) throw invalid('payload', 'an object');
  const other = Object.keys(payload).find((name) => !(names as readonly string[]).includes(name));
  if (other !== undefined) throw invalid(`payload.${other}`, `this takes ${names.join(', ')}`);
  return payload as Partial<Record<Name, unknown>>;
}

/** A text that has to be there. @throws IntentError `VALIDATION_FAILED` */
export function readText(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 10_000) throw invalid(at, 'a text');
  // No database keeps one, and not every driver says so.
  if (value.includes('\0')) throw invalid(at, 'a text without U+0000');
  return value;
}

/** An id as it may be sent. @throws IntentError `VALIDATION_FAILED` */
export function readId(value: unknown, at = 'id'): string | number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value !== 'string' || value === '' || value.length > 1000) throw invalid(at, 'the id of a row');
  return value;
}

/**
 * The values of a new row or of a change, each of its field's type. A redacted field is refused on both (A8); so is what is read-only.
 *
 * @throws IntentError `UNKNOWN_FIELD`, `FIELD_REDACTED`, `FIELD_READ_ONLY`, `VALIDATION_FAILED`; none repeats a value
 */
export function readValues(
  model: AdministeredModel,
  dialect: DialectName,
  sent: unknown,
  purpose: 'create' | 'update',
): WireValues {
  if (!isRecord(sent)) throw invalid('payload.values', 'an object of values by field');
  const names = Object.keys(sent);
  const at = (name: string, message: string): readonly FieldProblem[] => [
    { field: `payload.values.${name.slice(0, 100)}`, message },
  ];
  for (const name of names)
    if (model.redacted.has(name))
      throw adminError('FIELD_REDACTED', undefined, { fields: at(name, 'is redacted') });
  for (const name of names)
    if (model.column(name) === undefined)
      throw adminError('UNKNOWN_FIELD', undefined, { fields: at(name, 'is no field of this model') });
  for (const name of names) {
    const reason = model.readOnly.get(name);
    if (reason === undefined || (reason === 'key' && purpose === 'create')) continue;
    throw adminError('FIELD_READ_ONLY', undefined, {
      fields: at(name, `can not be written: ${reason.replace('_', ' ')}`),
      details: { reason },
    });
  }
  const { values, problems } = readWrittenValues(dialect, model.columns, sent);
  const missing =
    purpose === 'update'
      ? []
      : model.columns
          .filter((column) => !isOptionalOnCreate(column) && values[column.name] === undefined)
          .filter(({ name }) => !problems.some(({ field }) => field === name))
          .map(({ name }) => ({ field: name, message: 'is needed' }));
  // There it would be counted up instead, and nobody told of the number that came of it.
  const zero =
    dialect === 'mysql' && purpose === 'create'
      ? model.key.filter((field) => isCountedUp(model, field, values))
      : [];
  const wrong = [
    ...problems,
    ...missing,
    ...zero.map((field) => ({ field, message: 'another number than 0, or none' })),
  ];
  if (wrong.length > 0)
    throw new IntentError('VALIDATION_FAILED', undefined, {
      fields: wrong.map(({ field, message }) => ({ field: `payload.values.${field}`, message })),
    });
  return values;
}

function isCountedUp(model: AdministeredModel, field: string, values: WireValues): boolean {
  const column = model.column(field);
  const isNumber = column?.type === 'bigint' || column?.type === 'integer';
  return isNumber && column.hasDefault && field in values && Number(values[field]) === 0;
}

/** One thing that is wrong with a call. */
export function invalid(field: string, message: string): IntentError {
  return new IntentError('VALIDATION_FAILED', undefined, { fields: [{ field, message }] });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
