import { RefusedError, type RefusedField } from './errors.ts';

/** What a request can be refused for that lies in the request itself. */
const ofTheRequest = [400, 403, 404, 409, 413, 422];

/**
 * Reads a problem document (RFC 9457) of the platform as the refusal of this request; `undefined` for what is wrong with
 * the service key or with the platform. A token inside a request may be refused with 401: then the field `token` is named.
 */
export function readRefusal(status: number, text: string): RefusedError | undefined {
  if (!ofTheRequest.includes(status) && status !== 401) return undefined;
  const problem = parse(text);
  if (problem === undefined || typeof problem.code !== 'string') return undefined;
  const fields = readFields(problem.errors);
  const isAboutKey = status === 401 && !fields.some(({ field }) => field === 'token');
  if (isAboutKey) return undefined;
  const told = [problem.detail, ...fields.map(({ field, message }) => `${field} ${message}`)];
  const detail = told.filter((part) => typeof part === 'string').join('; ');
  const title = typeof problem.title === 'string' ? problem.title : problem.code;
  return new RefusedError(`${title}${detail === '' ? '' : `: ${detail}`}`, problem.code, status, fields);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readFields(errors: unknown): RefusedField[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    const { field, message } = (error ?? {}) as { readonly field?: unknown; readonly message?: unknown };
    return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
  });
}
