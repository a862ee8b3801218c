import type { FieldProblem } from '@castellan/intents';
import type { AdministeredModel } from '../models/administered.ts';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import type { WireValues } from '../orm/adapter.ts';
import { invalid } from './refusals.ts';
import { readWireValue } from './wire-values.ts';

/** A row's id on the wire: the value of its key, or, of a composite one, the JSON of all its values in the key's order. */
export function formatKey(model: Pick<AdministeredModel, 'key'>, row: WireValues): string | number {
  const values = model.key.map((field) => row[field]);
  if (values.length === 1) {
    const [only] = values;
    return typeof only === 'number' ? only : String(only);
  }
  return JSON.stringify(values.map((one) => (typeof one === 'number' ? String(one) : one)));
}

/**
 * The key's values by field, each of its column's type.
 * @throws IntentError `VALIDATION_FAILED` for what can't be an id of this model
 */
export function parseKey(model: AdministeredModel, id: unknown, dialect: DialectName): WireValues {
  const columns = model.key.flatMap((field) => model.column(field) ?? []);
  const sent = columns.length === 1 ? [id] : readComposite(id, columns.length);
  const problems: FieldProblem[] = [];
  const values = columns.map((column, index) => {
    const one = readWireValue(dialect, column, asTyped(column, sent?.[index]), 'compare');
    if (one.ok) return [column.name, one.value] as const;
    problems.push({ field: 'id', message: `${column.name}: ${one.problem}` });
    return [column.name, null] as const;
  });
  if (sent === undefined) {
    const names = model.key.join(', ');
    throw invalid([{ field: 'id', message: `a JSON array of the values of ${names}, as a text` }]);
  }
  if (problems.length > 0) throw invalid(problems);
  return Object.fromEntries(values);
}

function readComposite(id: unknown, length: number): readonly unknown[] | undefined {
  if (typeof id !== 'string') return undefined;
  try {
    const values: unknown = JSON.parse(id);
    return Array.isArray(values) && values.length === length ? values : undefined;
  } catch {
    return undefined;
  }
}

/** Ids come from addresses too, where every value is a text; and a number may stand for a text of digits. */
function asTyped({ type }: ColumnDescription, sent: unknown): unknown {
  if (typeof sent === 'number' && type !== 'integer' && type !== 'float') return String(sent);
  if (typeof sent !== 'string') return sent;
  if (type === 'boolean') return sent === 'true' ? true : sent === 'false' ? false : sent;
  const isNumber = type === 'integer' || type === 'float';
  return isNumber && /^-?\d{1,16}(\.\d{1,15})?$/.test(sent) ? Number(sent) : sent;
}
