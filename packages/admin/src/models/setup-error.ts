/** Every code that setting the admin surface up can fail with, and what to do about it. */
export const setupErrors = {
  ADMIN_AUTH_NOT_CONFIGURED: 'Call configureAdminAuth(…) first.',
  CONFIGURATION_ORDER_ERROR:
    'Call configureAdminAuth(…) exactly once, before autoAdmin(…); tests may call resetAdminForTests().',
  CONFIGURATION_INVALID: 'Correct the settings that the message names.',
  MODEL_NOT_FOUND: 'Correct the name, or add the model to the schema that configureAdminAuth(…) is given.',
  FIELD_NOT_FOUND: 'Correct the name of the field.',
  MODEL_WITHOUT_KEY: 'Give the model a primary key, or do not expose it.',
  KEY_REDACTED:
    'A row can not be named without its key. Do not expose the model, or acknowledge the field if it is no secret.',
} as const satisfies Record<string, string>;

/** One code of setting up. */
export type AdminSetupErrorCode = keyof typeof setupErrors;

/** The product's code sets the admin surface up wrongly. Thrown at start, never at a call. */
export class AdminSetupError extends Error {
  override readonly name = 'AdminSetupError';
  readonly code: AdminSetupErrorCode;

  constructor(code: AdminSetupErrorCode, message: string) {
    super(`${code}: ${message} ${setupErrors[code]}`);
    this.code = code;
  }
}
