import { type ErrorCode, errorCatalogue, type FieldError, Problem } from '@castellan/contract';
import { z } from 'zod';
import { translateDatabaseError } from '../database/constraint-errors.ts';
import { Refusal } from '../refusal.ts';

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly refusal: Refusal;
}

interface FrameworkError {
  readonly code?: string;
  readonly statusCode?: number;
}

/** What Fastify's own errors mean in our catalogue. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
};

/** Turns whatever was thrown into a refusal; what nobody expected becomes `internal`, its cause for the log alone. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, statusCode } = error as FrameworkError;
  const known = code ? frameworkCodes[code] : undefined;
  if (known) return new Refusal(known, { cause: error });
  const database = translateDatabaseError(error);
  if (database) return database;
  if (error instanceof SyntaxError || statusCode === 400)
    return new Refusal('malformed_request', { cause: error });
  // Of files: a path that leads out of their folder, or to the folder itself.
  if (statusCode === 403 || statusCode === 404) return new Refusal('not_found', { cause: error });
  return new Refusal('internal', { cause: error });
}

/**
 * Writes a refusal as RFC 9457.
 * @param publicUrl where the page of each error code is
 */
export function writeProblem(refusal: Refusal, correlationId: string, publicUrl: string): ProblemAnswer {
  const rule = errorCatalogue[refusal.code];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', ...refusal.headers };
  if (refusal.retryAfterSeconds !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(refusal.retryAfterSeconds)));
  else if (refusal.status === 503) headers['retry-after'] = '2';
  const body = z.encode(Problem, {
    type: `${publicUrl}/errors/${refusal.code}`,
    title: rule.title,
    status: refusal.status,
    code: refusal.code,
    ...(refusal.detail ? { detail: refusal.detail } : {}),
    fix: rule.fix,
    ...(refusal.fields ? { errors: refusal.fields.map(({ field, message }) => ({ field, message })) } : {}),
    correlationId,
    ...refusal.extensions,
  });
  return { status: refusal.status, headers, body: JSON.stringify(body), refusal };
}

/** Reads one part of a request by its schema. */
export function parsePart(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeDecode(value as never);
  if (parsed.success) return parsed.data;
  throw new Refusal('validation_failed', { fields: parsed.error.issues.flatMap(fieldErrors).slice(0, 50) });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, 20).map((key) => ({
      field: path ? `${path}.${key}` : key,
      message: 'is not a field of this request; remove it or correct its name',
    }));
  return [{ field: path || 'body', message: plainMessage(issue) }];
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** Zod says what a schema expected; people want to know what to write. */
function plainMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return /received undefined/.test(issue.message)
        ? 'is required'
        : `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : issue.origin === 'array'
          ? `holds more than ${issue.maximum} entries`
          : `must be at most ${issue.maximum}`;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'must not be empty';
      return issue.message.startsWith('Too small') ? `must be at least ${issue.minimum}` : issue.message;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return formatWords[issue.format] ?? issue.message;
    default:
      return issue.message;
  }
}

const formatWords: Readonly<Record<string, string>> = {
  email: 'is not an e-mail address',
  guid: 'is not an id',
  datetime: 'is not a time such as 2026-01-31T12:00:00Z',
};
