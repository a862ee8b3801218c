import {
  type AccessAnswer,
  accessCheck,
  type MissingFact,
  type PathStep,
  type ResourceRight,
  type SessionCheck,
} from '@castellan/contract';
import { listOf, readAccessAnswer, understand } from './access-answer.ts';
import { createBatches } from './batches.ts';
import type { Clock } from './clock.ts';
import { RefusedError, UnavailableError } from './errors.ts';
import type { Platform } from './platform.ts';

/**
 * About whom is asked: whoever a token was given to (what that token was granted counts, too), or a person by id. An
 * action is done in a workspace: a token brings its own, beside an id it is named.
 */
export type Subject =
  | { readonly token: string; readonly userId?: never; readonly workspaceId?: string }
  | { readonly userId: string; readonly token?: never; readonly workspaceId?: string };

/** Why a token is not live. */
export type TokenReason = Extract<SessionCheck, { active: false }>['code'];

/** An answer of this moment: yes, by which path; or no, for want of what. */
export type AccessDecision =
  | { readonly allowed: true; readonly path: readonly PathStep[] }
  | {
      readonly allowed: false;
      readonly missing: readonly MissingFact[];
      /** Set when the token itself is not taken: then nothing was decided. */
      readonly tokenRefused?: TokenReason;
    };

/** A resource of this service, by its own id for it. */
export interface ResourceName {
  readonly type: string;
  readonly id: string;
}

/** One thing to ask about somebody. */
export type Question = Subject &
  (
    | { readonly action: string; readonly resource?: never; readonly permission?: never }
    | { readonly action?: never; readonly resource: ResourceName; readonly permission: ResourceRight }
  );

/** Asks the platform one question. */
export type Ask = (question: Question) => Promise<AccessDecision>;

/** Asks many questions, about whomever, in few requests: see {@link createBatches}. */
export function createAccessChecks(platform: Platform, clock: Clock, timeoutMs: number): Ask {
  const batches = createBatches<Question, AccessAnswer>({
    keyOf: (question) => JSON.stringify(written(question)),
    clock,
    timeoutMs,
    send: (questions) => askAll(platform, questions),
  });
  return async (question) => decisionOf(await batches(question), question);
}

/** A question as it travels. */
function written({ token, userId, workspaceId, action, resource, permission }: Question) {
  return {
    token,
    user_id: userId,
    workspace_id: workspaceId,
    action,
    type: resource?.type,
    id: resource?.id,
    permission,
  };
}

async function askAll(
  platform: Platform,
  questions: readonly Question[],
): Promise<readonly (AccessAnswer | Error)[]> {
  let answer: unknown;
  try {
    answer = await platform.send('POST', accessCheck.path, { checks: questions.map(written) });
  } catch (error) {
    if (!(error instanceof RefusedError) || questions.length === 1) throw error;
    // One of them can't be asked at all, such as an id that is none: it must not spoil what others asked with it.
    return Promise.all(
      questions.map((question) => askAll(platform, [question]).then(([one]) => one!, asError)),
    );
  }
  const answers = understand(answer, ({ results }) => listOf(results, readAccessAnswer));
  if (answers.length !== questions.length)
    throw new UnavailableError('Castellan answered another number of checks than it was asked');
  return answers;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new UnavailableError('Castellan could not be asked');
}

function decisionOf({ allowed, path, missing, code }: AccessAnswer, question: Question): AccessDecision {
  if (allowed) return { allowed, path };
  if (code === 'action_unknown')
    throw new RefusedError(`The service registered no action “${question.action}”`, code, 422);
  if (code === 'resource_type_unknown')
    throw new RefusedError(
      `The service registered no resource of the type “${question.resource?.type}”`,
      code,
      422,
    );
  return { allowed, missing, ...(code === undefined ? {} : { tokenRefused: code }) };
}
