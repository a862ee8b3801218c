import { IntentError } from '@castellan/intents';
import { adminError } from '../errors.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { ConstraintFailed } from '../orm/adapter.ts';

const saidBy: Readonly<Record<ConstraintFailed['kind'], string>> = {
  unique: 'There is a row with these values already.',
  foreign_key: 'What it refers to is not there, or others refer to it.',
  not_null: 'A value is missing.',
  check: 'A rule of the database refuses these values.',
  value: 'A value is too long or out of range.',
  other: 'A rule of the database refuses this.',
};

/** PostgreSQL, MySQL and SQLite: a deadlock, a serialization failure, or a lock that took too long to get. */
const passing: ReadonlySet<unknown> = new Set([
  ...['40001', '40P01', '55P03', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'],
  ...['SQLITE_BUSY', 'ERR_SQLITE_BUSY'],
]);

/**
 * What a failure of the database means to an operator; whatever is no such failure is given back as it came. Errors are known by
 * their names, since a product may have loaded an adapter twice.
 */
export function readDatabaseRefusal(error: unknown, model: AdministeredModel | undefined): unknown {
  if (error instanceof IntentError) return error;
  const { name } = (error ?? {}) as { readonly name?: unknown };
  if (name === 'StatementTimedOut') return adminError('STATEMENT_TIMEOUT', undefined, { cause: error });
  if (name === 'ConstraintFailed') return refusalOf(error as ConstraintFailed, model);
  for (
    let at = error as { code?: unknown; cause?: unknown } | null | undefined;
    at;
    at = at.cause as typeof at
  )
    if (passing.has(at.code)) return new IntentError('UNAVAILABLE', undefined, { cause: error });
  return error;
}

function refusalOf(error: ConstraintFailed, model: AdministeredModel | undefined): IntentError {
  // A constraint on a redacted field would tell of its values.
  const isTold = error.fields.every((field) => !model?.redacted.has(field));
  const fields = (isTold ? error.fields : []).map((field) => ({
    field: `payload.values.${field}`,
    message: saidBy[error.kind],
  }));
  if (error.kind === 'value')
    return new IntentError('VALIDATION_FAILED', saidBy.value, { fields, cause: error });
  return adminError('CONSTRAINT_FAILED', isTold ? saidBy[error.kind] : saidBy.other, {
    fields,
    details: { kind: isTold ? error.kind : 'other' },
    cause: error,
  });
}
