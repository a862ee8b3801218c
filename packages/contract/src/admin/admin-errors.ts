/** What an error code of a product's admin surface means. */
export interface AdminErrorRule {
  /** HTTP status; `null` for what stops the product at its start and is answered to no call. */
  readonly status: number | null;
  readonly title: string;
  /** When it happens. Words between backticks are code. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly fix: string;
}

/**
 * Every error of a product's admin surface (A13), as docs/reference/admin-errors.md explains it and `/errors/{code}` shows it.
 * Long because it is one list. The products' library answers with these codes, and keeps a shorter text of its own for each.
 */
export const adminErrorCatalogue = {
  ADMIN_AUTH_NOT_CONFIGURED: {
    status: null,
    title: 'The admin surface is not set up yet',
    meaning: '`autoAdmin(…)` or `adminMachineAuth()` was called before `configureAdminAuth(…)`.',
    fix: 'Call `configureAdminAuth(…)` first, where the product puts itself together.',
  },
  CONFIGURATION_ORDER_ERROR: {
    status: null,
    title: 'The admin surface is set up in the wrong order',
    meaning:
      '`configureAdminAuth(…)` was called again after `autoAdmin(…)` had used it, or a router is mounted that `autoAdmin(…)` was not called with.',
    fix: 'Call the three steps once, at start, in their order. Tests that start the product several times in one process call `resetAdminForTests()` before each; that throws where `NODE_ENV` is `production`.',
  },
  CONFIGURATION_INVALID: {
    status: null,
    title: 'A setting of the admin surface is wrong',
    meaning:
      'A setting can not be meant: an issuer that is no address, a schema that no adapter knows, a gate lower than the usual one, the acknowledgement of a name that is always hidden.',
    fix: 'The message names every setting that is wrong; correct these.',
  },
  MODEL_NOT_FOUND: {
    status: null,
    title: 'There is no such model in the schema',
    meaning: '`expose`, or another option, names a model that the ORM does not know.',
    fix: 'Correct the name, and make sure that the model is in the schema that `configureAdminAuth(…)` is given. For Drizzle it is the name of the export, not of the table.',
  },
  FIELD_NOT_FOUND: {
    status: null,
    title: 'There is no such field in the model',
    meaning:
      'An option names a field that the model does not have. A misspelt name in `redactFields` would hide nothing, so it is refused.',
    fix: 'Correct it; both the name in the model and the name of the column do.',
  },
  MODEL_WITHOUT_KEY: {
    status: null,
    title: 'The model has no primary key',
    meaning: 'The ORM knows no primary key of the model, so no row of it could be named.',
    fix: 'Declare the key in the model, or do not expose it.',
  },
  KEY_REDACTED: {
    status: null,
    title: 'The primary key is hidden',
    meaning:
      'A part of the primary key is hidden by its name or by `redactFields`, and a row can not be shown without naming it.',
    fix: 'Acknowledge the field with `acknowledgeNotSecret` where it is no secret, or do not expose the model.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    title: 'The call could not be read',
    meaning: 'The body is no JSON object.',
    fix: 'Send one with `model` and `action`.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'That method is not taken here',
    meaning: 'An intent is sent by POST; the schema document is read by GET at its own address.',
    fix: 'Use that method.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body is not announced as JSON',
    meaning: 'The body is not announced as JSON.',
    fix: 'Send `Content-Type: application/json`.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than the surface takes, 1 MiB unless the product says otherwise.',
    fix: 'Send fewer rows at once.',
  },
  VALIDATION_FAILED: {
    status: 422,
    title: 'Something in the call is not as it has to be',
    meaning:
      "Something in the call is not as it has to be: a value that its field's type can not have, a missing `version`, a limit that is too large, a filter that is nested too deeply.",
    fix: '`fields` names each place; correct these.',
  },
  UNKNOWN_MODEL: {
    status: 404,
    title: 'There is no such model here',
    meaning: 'Nothing of this model is to be seen on this surface.',
    fix: 'Correct `model`, or add it to `expose`.',
  },
  UNKNOWN_ACTION: {
    status: 404,
    title: 'There is no such action here',
    meaning: 'The model has no such action on this surface.',
    fix: 'Correct `action` or `command`. An action for operators is registered with `adminOnly`, and is found on the admin-machine surface alone.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is no such row',
    meaning: 'There is no row with this id, or it counts as deleted.',
    fix: 'Check the id; of a composite key it is the JSON array of its parts, as text.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'The call has no token',
    meaning:
      'There is no token in the header `Authorization`. A token in the address or in a cookie is not looked at.',
    fix: 'Send `Authorization: Bearer …`.',
  },
  TOKEN_INVALID: {
    status: 401,
    title: 'The token is not for this call',
    meaning:
      'The token is not for this call. `details.reason` says which check failed: `malformed`, `type`, `algorithm`, `key`, `signature`, `claims` (one is missing or of another type), `issuer`, `audience`, `role`, `life`, `issued_in_future`, `not_yet_valid`, `method`, `body`, `correlation_id`.',
    fix: "Most often `issuer` or `audience` of `configureAdminAuth(…)` differ from the platform's `PUBLIC_URL` and from the service's name; `body` means that something between platform and product rewrites bodies.",
  },
  TOKEN_EXPIRED: {
    status: 401,
    title: 'The token has ended',
    meaning: 'The token ended more than 30 seconds ago.',
    fix: 'Compare the clocks of platform and product; one of them is wrong.',
  },
  TOKEN_REPLAYED: {
    status: 401,
    title: 'The token was used before',
    meaning: 'The token was used for a write before, in this process or another.',
    fix: 'Have a token signed for each call. Something that repeats requests, a proxy or a client with retries, must not repeat these; the first one was done.',
  },
  WRONG_SURFACE: {
    status: 403,
    title: 'The credential belongs to another surface',
    meaning:
      "The credential plainly belongs to another surface: an admin token at `/api/intent`, a person's token or a service key at `/api/admin-machine-intent`.",
    fix: 'The message names the surface that it belongs to.',
  },
  INSUFFICIENT_ROLE: {
    status: 403,
    title: 'The operator’s role is not enough',
    meaning: "The operator's role is lower than the action asks for; `details` has `required` and `held`.",
    fix: 'Have somebody with the role do it, or have an owner give the role under Operators.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The product says no',
    meaning: 'A rule of the product itself says no.',
    fix: "The message is the product's own.",
  },
  APPROVAL_REQUIRED: {
    status: 403,
    title: 'A second operator has to approve this',
    meaning:
      "The action asks for the yes of a second operator to exactly this call. An approval of one's own is none.",
    fix: 'In the console, ask for approval; once another operator has approved, run it again from the request.',
  },
  IMPERSONATION_WRITE_DENIED: {
    status: 403,
    title: 'This session only looks on',
    meaning: 'An operator who acts as a user, and only looks on, tried to change something.',
    fix: 'Begin a session that allows writes, or mark the custom action with `readOnly: true` where it changes nothing.',
  },
  IMPERSONATION_ENDED: {
    status: 401,
    title: 'The session as this user was ended',
    meaning: 'The session in which an operator acts as a user was ended, by anybody, in the console.',
    fix: 'Begin a new one there.',
  },
  UNKNOWN_FIELD: {
    status: 422,
    title: 'There is no such field here',
    meaning: 'A filter, a sort or a change names a field that the model does not have.',
    fix: "Take names from the schema document; they are those of the ORM's model.",
  },
  FIELD_REDACTED: {
    status: 422,
    title: 'The field is hidden',
    meaning:
      'A redacted field was named: in a filter, a sort, `fields`, or in values to write. What it holds does not leave, and does not enter.',
    fix: 'Leave it out; or, where it only looks secret by its name, acknowledge it with `acknowledgeNotSecret`.',
  },
  FIELD_READ_ONLY: {
    status: 422,
    title: 'The field can not be changed here',
    meaning:
      'A change names a field that is never written here; `details.reason` says why: `denied` by `denyEditFields`, `generated` by the database, the `key`, or of a type that the adapter does not know.',
    fix: 'Leave it out, or remove it from `denyEditFields`.',
  },
  UNSUPPORTED_FILTER_OP: {
    status: 422,
    title: 'The field can not be filtered that way',
    meaning:
      'The operator is none of `eq ne lt lte gt gte contains in is_null`, or none that this field has.',
    fix: 'The schema document lists the operators of each field.',
  },
  INVALID_CURSOR: {
    status: 422,
    title: 'The list can not go on from there',
    meaning: 'The cursor was damaged, or belongs to a list with another filter, sort or search.',
    fix: 'Begin at the first page.',
  },
  STATEMENT_TIMEOUT: {
    status: 503,
    title: 'The search took too long',
    meaning: 'The database took longer than it may, two seconds, for a search that no index helps.',
    fix: 'Narrow it by an indexed field, search for a beginning instead of `contains`, or add an index.',
  },
  CONFLICT: {
    status: 409,
    title: 'The row has changed meanwhile',
    meaning:
      "The row is not as it was read; `details.changed_fields` names what somebody changed meanwhile. Or a rule of the product says that the row's state does not allow it.",
    fix: 'Read the row again and repeat the change on what is there now.',
  },
  CONSTRAINT_FAILED: {
    status: 409,
    title: 'A rule of the database refuses the change',
    meaning:
      'A constraint of the database refuses the change: a value that has to be unique, a row that others refer to.',
    fix: '`fields` names the fields where the database tells them.',
  },
  DELETE_DENIED: {
    status: 403,
    title: 'Rows of this model are never deleted',
    meaning: 'Rows of this model are never deleted here, by anybody.',
    fix: 'Remove the model from `denyDelete`, if that was not meant.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something failed in the product',
    meaning: 'Something failed that nobody meant. The answer holds nothing of it.',
    fix: "Look for the `request_id` in the product's log.",
  },
  UNAVAILABLE: {
    status: 503,
    title: 'The product can not answer for now',
    meaning:
      "The product can not answer for now: most often it has never been able to read the platform's keys. Nothing was changed.",
    fix: 'Try again in a moment; check that the product reaches `{issuer}/.well-known/jwks.json`.',
  },
} as const satisfies Record<string, AdminErrorRule>;

/** One code of the admin surface. */
export type AdminErrorCode = keyof typeof adminErrorCatalogue;

/** Their names. */
export const adminErrorCodes = Object.keys(adminErrorCatalogue) as [AdminErrorCode, ...AdminErrorCode[]];
