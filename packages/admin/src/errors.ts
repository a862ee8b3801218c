import { type FieldProblem, IntentError } from '@castellan/intents';

/** Codes of the admin-machine surface beside those of every surface: their status, and what to do about them (A13). */
export const adminErrors = {
  TOKEN_INVALID: {
    status: 401,
    fix: 'Send the token that was signed for this very call; `details.reason` says what differs.',
  },
  TOKEN_EXPIRED: { status: 401, fix: 'Have a new token signed; compare the clocks.' },
  TOKEN_REPLAYED: { status: 401, fix: 'Have a token signed for each call.' },
  APPROVAL_REQUIRED: { status: 403, fix: 'Ask a second operator to approve exactly this.' },
  IMPERSONATION_ENDED: { status: 401, fix: 'Begin a new session in the console.' },
  IMPERSONATION_WRITE_DENIED: {
    status: 403,
    fix: 'Begin a session that allows writes, or mark the action `readOnly` where it changes nothing.',
  },
  DELETE_DENIED: { status: 403, fix: 'Rows of this model are never deleted here.' },
  CONSTRAINT_FAILED: { status: 409, fix: 'Correct the fields that `fields` names.' },
  FIELD_REDACTED: { status: 422, fix: 'Leave the field out: its values neither leave nor enter here.' },
  FIELD_READ_ONLY: { status: 422, fix: 'Leave the field out: it can not be changed here.' },
  UNKNOWN_FIELD: { status: 422, fix: 'Correct the name of the field.' },
  STATEMENT_TIMEOUT: { status: 503, fix: 'Narrow the list, or ask by a field that is indexed.' },
} as const satisfies Record<string, { status: number; fix: string }>;

/** One of these codes. */
export type AdminErrorCode = keyof typeof adminErrors;

/** A refusal of the admin-machine surface. */
export function adminError(
  code: AdminErrorCode,
  message?: string,
  options: {
    readonly fields?: readonly FieldProblem[];
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  } = {},
): IntentError {
  const { status, fix } = adminErrors[code];
  return new IntentError(code, message ?? fix, { ...options, status });
}
