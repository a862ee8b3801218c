import type { ErrorCode } from '@castellan/contract';
import { Refusal } from '../refusal.ts';

/** What breaking a constraint means to the person who asked. */
const meanings: Readonly<Record<string, { code: ErrorCode; field?: string; message?: string }>> = {
  users__email_unique: { code: 'email_taken', field: 'email', message: 'Someone with this e-mail exists' },
  workspaces__slug_unique: { code: 'slug_taken', field: 'slug', message: 'This slug is taken' },
  groups__name_unique: {
    code: 'group_name_taken',
    field: 'name',
    message: 'A group of this name exists in the workspace',
  },
  roles__name_unique: {
    code: 'role_name_taken',
    field: 'name',
    message: 'A role of this name exists in the workspace',
  },
  identity_providers__slug_unique: {
    code: 'provider_slug_taken',
    field: 'slug',
    message: 'There is a provider of this name',
  },
  services__resource_uri_unique: {
    code: 'validation_failed',
    field: 'resource_uri',
    message: 'belongs to another service already',
  },
  members__pk: { code: 'already_member' },
  members__workspace_fk: { code: 'not_found' },
  members__user_fk: { code: 'not_found' },
  groups__workspace_fk: { code: 'not_found' },
  group_members__member_fk: { code: 'not_found' },
  group_members__group_fk: { code: 'not_found' },
  roles__workspace_fk: { code: 'not_found' },
  role_actions__role_fk: { code: 'not_found' },
  role_actions__action_fk: { code: 'not_found' },
  role_members__role_fk: { code: 'not_found' },
  role_members__member_fk: { code: 'not_found' },
  role_groups__role_fk: { code: 'not_found' },
  role_groups__group_fk: { code: 'not_found' },
  resources__workspace_fk: { code: 'not_found' },
  resource_shares__resource_fk: { code: 'not_found' },
  resource_shares__member_fk: { code: 'not_found' },
  resource_shares__group_fk: { code: 'not_found' },
};

/** SQLSTATEs that mean: the database is not there, is out of something, or took too long. */
const goneStates = /^(08|57P|57014|53|58)/;
const goneCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

interface DatabaseError {
  readonly code?: string;
  readonly constraint?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

/** Turns an error of the database into a refusal: a broken rule by its constraint's name, an absent database into 503. */
export function translateDatabaseError(error: unknown): Refusal | undefined {
  for (
    let cause = error as DatabaseError | undefined, depth = 0;
    cause && depth < 4;
    cause = cause.cause as DatabaseError | undefined, depth++
  ) {
    const meaning = cause.constraint ? meanings[cause.constraint] : undefined;
    if (meaning)
      return new Refusal(meaning.code, {
        cause: error,
        ...(meaning.field ? { fields: [{ field: meaning.field, message: meaning.message! }] } : {}),
      });
    const code = cause.code ?? '';
    if (
      goneStates.test(code) ||
      goneCodes.has(code) ||
      /Connection terminated|not currently accepting connections|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
        cause.message ?? '',
      )
    )
      return new Refusal('unavailable', { cause: error, retryAfterSeconds: 2 });
  }
  return undefined;
}
