/** One entry of the error catalogue. */
export interface ErrorRule {
  readonly status: number;
  readonly title: string;
  /** What the reader can do about it. */
  readonly fix: string;
}

/** Every error that Castellan answers with (RFC 9457 `code`). Adding one needs a paragraph in docs/reference/errors.md. */
export const errorCatalogue = {
  malformed_request: {
    status: 400,
    title: 'The request could not be read',
    fix: 'Send well-formed JSON with the content type `application/json`.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    fix: 'Send a credential that this route accepts; sign in again if yours ended.',
  },
  invalid_credentials: {
    status: 401,
    title: 'That e-mail and password do not match an account',
    fix: 'Check both, or use the link from your invitation to set a password.',
  },
  mfa_required: {
    status: 401,
    title: 'A second factor is needed',
    fix: 'Send `mfa_token` with a code of one of `methods` to `/auth/login/mfa` within five minutes; operators to `/auth/admin/login/mfa`.',
  },
  mfa_code_wrong: {
    status: 401,
    title: 'That code is not right',
    fix: 'Wait for the next code of the authenticator app, check the clock of its device, or use a recovery code.',
  },
  passkey_refused: {
    status: 401,
    title: 'That passkey was not accepted',
    fix: 'Try again on the page it is asked on, or sign in another way.',
  },
  token_invalid: {
    status: 401,
    title: 'The token is not valid here',
    fix: 'Sign in again and use the new token, at the address and service it was made for.',
  },
  token_expired: { status: 401, title: 'The token has expired', fix: 'Refresh it, or sign in again.' },
  token_reused: {
    status: 401,
    title: 'This refresh token was used before',
    fix: 'Its session was ended to be safe. Sign in again.',
  },
  session_ended: { status: 401, title: 'The session has ended', fix: 'Sign in again.' },
  mfa_enrolment_required: {
    status: 403,
    title: 'This workspace asks for a second factor',
    fix: 'Add a passkey or an authenticator app on your account pages, then choose the workspace again.',
  },
  sign_in_method_refused: {
    status: 403,
    title: 'This workspace does not take that way of signing in',
    fix: 'Sign in by one of the ways that `detail` names, then choose the workspace again.',
  },
  recent_sign_in_required: {
    status: 403,
    title: 'Sign in again to change this',
    fix: 'Ways to sign in are only changed shortly after a sign-in: sign in again and repeat it.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    fix: 'Ask an administrator for the role that this needs.',
  },
  not_admin: {
    status: 403,
    title: 'This account does not administer Castellan',
    fix: 'Ask an administrator for a role as an operator or for administration, or run `castellan-server promote EMAIL` on the server.',
  },
  operator_role_missing: {
    status: 403,
    title: 'Your operator role does not reach this far',
    fix: 'Ask an owner of the service, or an administrator, to grant you the role that the documentation of this operation names.',
  },
  not_member: {
    status: 403,
    title: 'This account is not in that workspace',
    fix: 'Choose another workspace, or ask its owner for an invitation.',
  },
  account_deactivated: {
    status: 403,
    title: 'This account is deactivated',
    fix: 'Ask an administrator to activate it.',
  },
  own_approval: {
    status: 403,
    title: 'Nobody approves what they asked for themselves',
    fix: 'Ask another operator, with at least your role at this product.',
  },
  approval_not_usable: {
    status: 403,
    title: 'That approval does not allow this call',
    fix: 'An approval allows one exact call, once, to whoever asked for it. Ask for a new one.',
  },
  step_up_required: {
    status: 403,
    title: 'Prove again who you are',
    fix: 'Give your second factor, or your password where you have none, to `/auth/admin/step-up`, then repeat it within ten minutes.',
  },
  impersonation_of_operator: {
    status: 403,
    title: 'Nobody acts as an operator',
    fix: 'Choose a user without a role in the console. What an operator sees, ask them.',
  },
  impersonation_refused: {
    status: 403,
    title: 'Not while acting as somebody else',
    fix: 'A read-only session changes nothing, and none changes who may do what. The user does this themselves.',
  },
  origin_refused: {
    status: 403,
    title: 'The request came from another site',
    fix: 'Send it from the console, or from an origin registered for the service, with `X-Requested-With`.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here that you can see',
    fix: 'Check the id and the address.',
  },
  impersonation_subject_unknown: {
    status: 409,
    title: 'The product named no active account of Castellan',
    fix: 'The user’s row has no account, or one that is deactivated. Check what `subjectOf` of the adapter gives.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method',
    fix: 'See the API reference for the methods it takes.',
  },
  email_taken: {
    status: 409,
    title: 'Someone with this e-mail exists',
    fix: 'Find the person in the list and edit them, or use another e-mail.',
  },
  slug_taken: { status: 409, title: 'This slug is taken', fix: 'Choose another slug.' },
  group_name_taken: {
    status: 409,
    title: 'A group of this name exists in the workspace',
    fix: 'Choose another name.',
  },
  role_name_taken: {
    status: 409,
    title: 'A role of this name exists in the workspace',
    fix: 'Choose another name.',
  },
  resource_elsewhere: {
    status: 409,
    title: 'This resource is registered in another workspace',
    fix: 'Register it under another id, or remove it there first.',
  },
  already_member: { status: 409, title: 'This person is already in', fix: 'Change their role instead.' },
  last_owner: {
    status: 409,
    title: 'A workspace keeps at least one owner',
    fix: 'Make somebody else an owner first.',
  },
  last_administrator: {
    status: 409,
    title: 'Castellan keeps at least one administrator',
    fix: 'Make somebody else an administrator first.',
  },
  operator_exists: {
    status: 409,
    title: 'This person has a role there already',
    fix: 'Change the role that they have.',
  },
  factor_exists: {
    status: 409,
    title: 'This is set up already',
    fix: 'Remove what is there first, or use it.',
  },
  provider_slug_taken: {
    status: 409,
    title: 'There is a provider of this name',
    fix: 'Choose another slug; it is the name in addresses.',
  },
  provider_in_settings: {
    status: 409,
    title: 'This provider is kept by the settings',
    fix: 'Change it in `IDENTITY_PROVIDERS` and start the server again.',
  },
  last_way_in: {
    status: 409,
    title: 'This is the last way in to the account',
    fix: 'Set a password, add a passkey or link another account first.',
  },
  client_ended: {
    status: 409,
    title: 'This client has ended',
    fix: 'A client that ended stays so. Register a new one.',
  },
  client_takes_no_secret: {
    status: 409,
    title: 'This client proves itself without a secret',
    fix: 'Set its authentication to `client_secret_basic` or `client_secret_post` first.',
  },
  too_many_secrets: {
    status: 409,
    title: 'There are as many secrets as there may be',
    fix: 'Revoke one that nobody uses any more, then make a new one.',
  },
  product_no_address: {
    status: 409,
    title: 'This product has no admin address',
    fix: 'Set the admin address of the service, then open the product again.',
  },
  approval_decided: {
    status: 409,
    title: 'This approval was decided, used or ran out',
    fix: 'Open it to see what became of it, or ask for a new one.',
  },
  approval_requester_gone: {
    status: 409,
    title: 'Whoever asked for it may not do it any more',
    fix: 'They lost the account or the role that they asked with. Refuse it; somebody who has the role can ask anew.',
  },
  approval_stale: {
    status: 409,
    title: 'The row changed since it was approved',
    fix: 'Look at the row as it is now and ask for approval again.',
  },
  too_many_views: {
    status: 409,
    title: 'There are as many saved views as there may be',
    fix: 'Delete one that nobody uses any more.',
  },
  import_state: {
    status: 409,
    title: 'This import can not be started',
    fix: 'Open it to see its state, or upload the file again.',
  },
  already_signed_in_once: {
    status: 409,
    title: 'This person already has a password',
    fix: 'They can sign in; send no new invitation.',
  },
  invitation_expired: {
    status: 410,
    title: 'This link has expired',
    fix: 'Ask the person who invited you for a new one.',
  },
  invitation_used: {
    status: 410,
    title: 'This link was used before',
    fix: 'Sign in with the password that was set, or ask for a new link.',
  },
  interaction_expired: {
    status: 410,
    title: 'This sign-in is over',
    fix: 'Go back to the application and begin again, in this browser.',
  },
  payload_too_large: {
    status: 413,
    title: 'That is too large',
    fix: 'Send less at once; the API reference names the limit.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'This content type is not understood here',
    fix: 'Send the content type that the API reference names.',
  },
  validation_failed: {
    status: 422,
    title: 'Some fields need another look',
    fix: 'Correct the fields that `errors` names.',
  },
  service_unknown: {
    status: 422,
    title: 'No service of this name is registered',
    fix: 'Register it with `castellan-server services add`, or correct the name.',
  },
  action_unknown: {
    status: 422,
    title: 'The service has no such action',
    fix: 'Register it with `POST /roles/actions`, or correct the name.',
  },
  resource_type_unknown: {
    status: 422,
    title: 'The service has no resource of such a type',
    fix: 'Register a resource of it with `POST /permissions/register`, or correct the name.',
  },
  csv_unreadable: {
    status: 422,
    title: 'The file is not readable as CSV',
    fix: 'Save it as UTF-8 CSV with the header `email,name,workspace_slug,role`.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This idempotency key was used for another request',
    fix: 'Use a new key for a new request.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many tries',
    fix: 'Wait for the number of seconds in `Retry-After`.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    fix: 'Try again; if it stays, give the correlation id to your operator.',
  },
  product_refused: {
    status: 502,
    title: 'The product said no',
    fix: 'See what the product says about it, and correct that.',
  },
  product_unreachable: {
    status: 502,
    title: 'The product can not be reached',
    fix: 'Check that the product runs at the admin address of its service, and that this address may be called.',
  },
  product_nonsense: {
    status: 502,
    title: 'The product gave an answer that can not be understood',
    fix: 'Check that the admin address leads to the admin surface of this product, and that its library is up to date.',
  },
  product_schema_version: {
    status: 502,
    title: 'The product describes itself in another version',
    fix: 'Update the library of the product, or Castellan, whichever is older.',
  },
  overloaded: {
    status: 503,
    title: 'Too much at once',
    fix: 'Try again after the number of seconds in `Retry-After`.',
  },
  unavailable: {
    status: 503,
    title: 'Castellan can not answer now',
    fix: 'Try again after the number of seconds in `Retry-After`. Nothing was changed.',
  },
  product_timeout: {
    status: 504,
    title: 'The product took too long',
    fix: 'Read the row again before you repeat a change: it may have been made.',
  },
} as const satisfies Record<string, ErrorRule>;

/** One code of the catalogue; a closed union, so that mappings are exhaustive. */
export type ErrorCode = keyof typeof errorCatalogue;
/** The codes alone, for schemas. */
export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** What is wrong with one field, as it is named on the wire. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}
