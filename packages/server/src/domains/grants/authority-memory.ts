import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { createBatcher } from '../../platform/database/batcher.ts';
import {
  type Answer,
  askAuthority,
  type CallerRow,
  nameOfCaller,
  nameOfToken,
  type Question,
  type TokenRow,
} from './authority-query.ts';
import { createChangeWatch } from './change-watch.ts';

/** Answers questions about callers and tokens as they are when they are asked. */
export interface AuthorityMemory {
  ask(question: Question): Promise<Answer>;
}

/** Measured: with 32 requests under way, twenty at least take a tenth less of the server than eight at least, which take a tenth less than two. */
const worthABatch = 20;
/** To ask whether something changed costs less than to read it: eight did a little better than one or twenty. */
const worthALook = 8;
/** Of callers and of tokens each; about a kilobyte each. */
const mostRemembered = 10_000;
/** Whatever went past the triggers (a backup that was loaded without them) is seen after so long. */
const longestMs = 60_000;

/** A question with the names under which its answers are remembered; what is seldom asked has none. */
interface Asked {
  readonly question: Question;
  readonly caller: string | null | undefined;
  readonly token: string | null | undefined;
}

interface Remembered<Row> {
  readonly row: Row;
  /** Ids of all that the row was made of. */
  readonly subjects: readonly string[];
  /** When it was read, as the watch counts and on `performance.now()`. */
  readonly moment: number;
  readonly readAt: number;
  /** It says something else from then on. */
  readonly goodUntil: Date | null;
}

/**
 * Remembers what was read of callers and tokens, and asks the database before each use whether any of it was changed: one small
 * query, shared by all who ask at the moment and sent after the last of them did. So what is answered was true after it was asked,
 * as if it had been read then (ARCHITECTURE.md, fresh by construction). What was changed, is new or was not found is read.
 */
export function createAuthorityMemory(pool: Pool, clock: Clock): AuthorityMemory {
  const watch = createChangeWatch(pool);
  /** Without a watch everything is read each time; whoever asks next tries again. */
  let beginning = false;
  const beginToWatch = (): void => {
    if (beginning) return;
    beginning = true;
    watch
      .catchUp()
      .catch(() => {})
      .finally(() => {
        beginning = false;
      });
  };
  beginToWatch();
  const callers = new Map<string, Remembered<CallerRow>>();
  const tokens = new Map<string, Remembered<TokenRow>>();

  function recallRow<Row>(known: Map<string, Remembered<Row>>, name: string): Row | undefined {
    const found = known.get(name);
    if (found === undefined) return undefined;
    const { row, subjects, moment, readAt, goodUntil } = found;
    const holds =
      !watch.changedSince(moment, subjects) &&
      performance.now() - readAt < longestMs &&
      (goodUntil === null || goodUntil > clock.now());
    if (holds) return row;
    known.delete(name);
    return undefined;
  }

  const recall = ({ caller, token }: Asked): Answer | undefined => {
    if (caller === undefined || token === undefined) return undefined;
    const callerRow = caller === null ? undefined : recallRow(callers, caller);
    if (caller !== null && callerRow === undefined) return undefined;
    const tokenRow = token === null ? undefined : recallRow(tokens, token);
    return token !== null && tokenRow === undefined ? undefined : { caller: callerRow, token: tokenRow };
  };

  const remember = (
    { question, caller, token }: Asked,
    answer: Answer,
    when: Pick<Remembered<unknown>, 'moment' | 'readAt'>,
  ): void => {
    if (caller && answer.caller && isWorthRemembering.caller(question, answer.caller))
      put(callers, caller, { ...when, ...ofCaller(answer.caller) });
    if (token && answer.token && isWorthRemembering.token(question, answer.token))
      put(tokens, token, { ...when, ...ofToken(answer.token, question) });
  };

  const reading = createBatcher<Asked, Answer>({
    async run(asked) {
      const when = { moment: watch.moment(), readAt: performance.now() };
      if (when.moment < 0) beginToWatch();
      const answers = await askAuthority(
        pool,
        asked.map(({ question }) => question),
        clock.now(),
      );
      if (when.moment >= 0) for (const [index, one] of asked.entries()) remember(one, answers[index]!, when);
      return answers;
    },
    worth: worthABatch,
  });
  const confirming = createBatcher<Asked, Answer | undefined>({
    async run(asked) {
      await watch.catchUp();
      return asked.map(recall);
    },
    worth: worthALook,
  });

  return {
    async ask(question) {
      const asked = {
        question,
        caller: question.caller && nameOfCaller(question.caller),
        token: question.token && nameOfToken(question.token),
      };
      const answer = recall(asked) && (await confirming.ask(asked));
      return answer ?? reading.ask(asked);
    },
  };
}

/** What was not found may come, and nobody would say so; what was refused is seldom asked about again. */
const isWorthRemembering = {
  // Keys that a client brought itself may be as long as it likes.
  caller: ({ caller }: Question, { key_id, client, secret_id, jwks, origin }: CallerRow): boolean =>
    caller?.keyDigest
      ? key_id !== null
      : client != null &&
        (caller?.secretDigest == null || secret_id !== null) &&
        (jwks == null || origin === 'registered'),
  // Behind an impersonation stand too many to name: it is read each time. A console session is told as ended to whoever does not
  // ask about operators, unless somebody else in the batch does.
  token: ({ token }: Question, { grant_id, kind, ended, revoked, workspace_id }: TokenRow): boolean =>
    grant_id !== null &&
    kind !== 'impersonation' &&
    (kind !== 'admin_session' || token?.operator === true) &&
    !ended &&
    !revoked &&
    (token?.workspaceId == null || workspace_id !== null),
};

function ofCaller(row: CallerRow): Pick<Remembered<CallerRow>, 'row' | 'subjects' | 'goodUntil'> {
  return {
    row,
    subjects: present(row.key_id, row.client, row.secret_id),
    goodUntil: row.secret_expires_at ?? null,
  };
}

function ofToken(
  row: TokenRow,
  { token }: Question,
): Pick<Remembered<TokenRow>, 'row' | 'subjects' | 'goodUntil'> {
  return {
    row,
    subjects: present(row.grant_id, row.parent_id, row.given_to, row.user_id, row.workspace_id, token?.jti),
    goodUntil: row.expires_at,
  };
}

function present(...ids: readonly (string | null | undefined)[]): string[] {
  return ids.filter((id) => id != null);
}

/** The one that was put in first makes room. */
function put<Row>(known: Map<string, Remembered<Row>>, name: string, remembered: Remembered<Row>): void {
  if (known.size >= mostRemembered && !known.has(name)) known.delete(known.keys().next().value!);
  known.set(name, remembered);
}
