import { type FieldProblem, IntentError } from './errors.ts';
import { type PlainCall, tooLarge } from './plain-call.ts';

/** What bounds a call. */
export interface IntentLimits {
  /** Largest body, in bytes; 1 MiB unless told. */
  readonly bodyBytes: number;
  /** Most rows of one list; 200 unless told. */
  readonly listLimit: number;
  /** Rows of a list that names no limit; 50 unless told. */
  readonly listDefault: number;
  /** Most rows to pass by; 10,000 unless told. */
  readonly skip: number;
}

/** What bounds a call unless the runtime is told otherwise. */
export const usualLimits: IntentLimits = {
  bodyBytes: 1024 * 1024,
  listLimit: 200,
  listDefault: 50,
  skip: 10_000,
};

/** One call, as it was sent and found well-formed. */
export interface Intent {
  readonly model: string;
  readonly action: string;
  readonly id: string | number | undefined;
  readonly payload: unknown;
  readonly command: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly skip: number;
  readonly limit: number;
}

/** In characters: room for a key of several columns. */
const longestId = 1000;

const known = new Set(['model', 'action', 'id', 'payload', 'command', 'context', 'skip', 'limit']);

const json = /^application\/json\b/i;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the body of a call, and no more of it than may be.
 * @returns the intent, and the text that it was read from: as UTF-8 it is the very bytes that came
 * @throws IntentError `METHOD_NOT_ALLOWED`, `UNSUPPORTED_MEDIA_TYPE`, `PAYLOAD_TOO_LARGE`, `MALFORMED_REQUEST`, `VALIDATION_FAILED`
 */
export async function readIntent(
  call: PlainCall,
  limits: IntentLimits,
): Promise<{ readonly intent: Intent; readonly bodyText: string }> {
  if (call.method !== 'POST') throw new IntentError('METHOD_NOT_ALLOWED');
  if (!json.test(call.header('content-type') ?? '')) throw new IntentError('UNSUPPORTED_MEDIA_TYPE');
  if (Number(call.header('content-length') ?? 0) > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  let bodyText: string;
  let value: unknown;
  try {
    bodyText = decoder.decode(await call.readBody(limits.bodyBytes));
    value = JSON.parse(bodyText);
  } catch (error) {
    if (error instanceof IntentError) throw error;
    throw new IntentError('MALFORMED_REQUEST', 'The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new IntentError('MALFORMED_REQUEST');
  return { intent: checkIntent(value as Record<string, unknown>, limits), bodyText };
}

function checkIntent(sent: Record<string, unknown>, limits: IntentLimits): Intent {
  const problems: FieldProblem[] = [];
  const problem = (field: string, message: string): void => {
    problems.push({ field, message });
  };
  const { model, action, id, payload, command, context = {}, skip = 0, limit = limits.listDefault } = sent;
  for (const name of Object.keys(sent)) if (!known.has(name)) problem(name, 'is no field of an intent');
  if (typeof model !== 'string' || model === '' || model.length > 100)
    problem('model', 'name a model, in at most 100 characters');
  if (typeof action !== 'string' || action === '' || action.length > 100)
    problem('action', 'one of create, read, update, delete, list, custom');
  if (id !== undefined && !((typeof id === 'string' && id.length <= longestId) || Number.isSafeInteger(id)))
    problem('id', `a text of at most ${longestId} characters, or a whole number`);
  if (action === 'custom') {
    if (typeof command !== 'string' || command === '' || command.length > 100)
      problem('command', 'name the custom action');
  } else if (command !== undefined) problem('command', 'belongs to the action custom');
  if (typeof context !== 'object' || context === null || Array.isArray(context))
    problem('context', 'an object');
  if (!isWhole(skip, 0, limits.skip)) problem('skip', `a whole number from 0 to ${limits.skip}`);
  if (!isWhole(limit, 1, limits.listLimit)) problem('limit', `a whole number from 1 to ${limits.listLimit}`);
  if (problems.length > 0) throw new IntentError('VALIDATION_FAILED', undefined, { fields: problems });
  return { model, action, id, payload, command, context, skip, limit } as Intent;
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
