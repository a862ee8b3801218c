import { type FieldProblem, IntentError } from '@castellan/intents';

const status = 422;

/** No such field in this model. `at` is where it stands in the call. */
export function unknownField(at: string, field: string): IntentError {
  return new IntentError('UNKNOWN_FIELD', `There is no field ${shortened(field)}.`, {
    status,
    fields: [{ field: at, message: 'is no field of this model' }],
  });
}

/** The field's values leave through nothing; that there is such a field is in the schema document. */
export function redactedField(at: string, field: string): IntentError {
  return new IntentError('FIELD_REDACTED', `The field ${shortened(field)} is redacted.`, {
    status,
    fields: [{ field: at, message: 'is redacted' }],
  });
}

/** The operator is none, or none of this field. */
export function unsupportedOperator(at: string, allowed: readonly string[]): IntentError {
  const message = allowed.length > 0 ? `use one of ${allowed.join(', ')}` : 'this field can’t be filtered by';
  return new IntentError('UNSUPPORTED_FILTER_OP', `This filter can’t be applied: ${message}.`, {
    status,
    fields: [{ field: at, message }],
  });
}

/** A cursor that is not ours, or of another list. Why exactly is nobody's business. */
export function invalidCursor(): IntentError {
  return new IntentError(
    'INVALID_CURSOR',
    'This cursor belongs to another list, or is damaged. Start from the first page.',
    {
      status,
      fields: [{ field: 'payload.cursor', message: 'is no cursor of this list' }],
    },
  );
}

/** Something in the call is not as it must be. */
export function invalid(problems: readonly FieldProblem[]): IntentError {
  return new IntentError('VALIDATION_FAILED', undefined, { fields: problems });
}

/** The database was told to stop. */
export function timedOut(why: string): IntentError {
  return new IntentError('STATEMENT_TIMEOUT', why, { status: 503 });
}

const shortened = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);
