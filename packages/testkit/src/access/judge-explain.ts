import { accessExplain, actionsCheck, type Explanation, resourcesCheck } from '@castellan/contract';
import { accordingToRules, isElsewhere } from './ask-explain.ts';
import { copyAccessWorld } from './copy-world.ts';
import { type AskedQuestion, makeProposedChanges } from './make-proposed-change.ts';
import { actionQuestionsOf, resourceQuestionsOf, subjectsOf } from './questions.ts';
import type { Chance } from './random-world.ts';
import { type TriedHouse, type TriedWorld, tryWorld } from './tried-world.ts';
import { describe } from './verdict.ts';
import type { AccessWorld } from './world.ts';

/** What was tried with explanations, and where they did not hold. */
export interface ExplainVerdict {
  readonly asked: number;
  readonly allowed: number;
  /** How many refusals were turned by making every proposed change for real. */
  readonly turned: number;
  /** How often a refusal stayed one with all changes but one. */
  readonly stayed: number;
  /** How often each kind of change was proposed and made. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
}

/**
 * Holds explanations of a random world against the rules, and their proposals against reality: all of the proposed changes,
 * made through the API, turn the decision; all but any one of them do not.
 *
 * @param atMost how many questions are asked, and how many refusals are tried to turn
 */
export async function judgeExplain(
  at: TriedHouse,
  given: AccessWorld,
  chance: Chance,
  atMost: { readonly asked: number; readonly turned: number },
): Promise<ExplainVerdict> {
  // With ids of its own, the same world may be tried in one database as often as one likes.
  const { world } = copyAccessWorld(given);
  const differences: string[] = [];
  const kinds: Record<string, number> = {};
  let [allowed, turned, stayed] = [0, 0, 0];
  const complain = (what: string, about: unknown): void => {
    differences.push(`${what}: ${describe({ about })}`);
  };
  const tried = await tryWorld(at, world);
  const questions = sample(questionsOf(world, chance), atMost.asked, chance);
  const refused: { readonly asked: AskedQuestion; readonly explained: Explanation }[] = [];
  for (const asked of questions) {
    const explained = await explain(tried, asked);
    const expected = accordingToRules(world, asked);
    if (explained.allowed !== expected) complain('the rules say otherwise', { asked, explained });
    if ((await check(tried, asked)) !== expected) complain('the service is told otherwise', asked);
    if (explained.allowed) {
      allowed++;
      if (explained.changes.length > 0) complain('a yes needs no change', { asked, explained });
    } else if (explained.changes.length > 0) refused.push({ asked, explained });
    else if (!isElsewhere(world, asked)) complain('nothing is proposed', { asked, explained });
    if (explained.text.length < 10 || /undefined|null/.test(explained.text)) complain('no words', explained);
  }
  for (const { asked, explained } of sample(refused, atMost.turned, chance)) {
    turned++;
    for (const { kind } of explained.changes) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const all = await tryChanges(at, world, asked, () => true);
    if (!all.every(Boolean)) complain('all changes do not turn it', { asked, explained });
    if (explained.changes.length === 1) continue;
    for (const leftOut of explained.changes.keys()) {
      stayed++;
      const some = await tryChanges(at, world, asked, (index) => index !== leftOut);
      if (some.some(Boolean)) complain(`it turns without change ${leftOut}`, { asked, explained });
    }
  }
  return { asked: questions.length, allowed, turned, stayed, kinds, differences };
}

/** In a copy of the world, makes the proposed changes that are chosen. @returns what all say afterwards who can be asked */
async function tryChanges(
  at: TriedHouse,
  first: AccessWorld,
  question: AskedQuestion,
  chosen: (index: number) => boolean,
): Promise<boolean[]> {
  const { world, idOf } = copyAccessWorld(first);
  const copied: AskedQuestion = {
    ...question,
    userId: idOf(question.userId),
    service: world.serviceName,
    ...(question.workspaceId ? { workspaceId: idOf(question.workspaceId) } : {}),
  };
  const tried = await tryWorld(at, world);
  const { changes } = await explain(tried, copied);
  const asked = await makeProposedChanges(
    tried,
    copied,
    changes.filter((_, index) => chosen(index)),
  );
  const after = await explain(tried, asked);
  return [after.allowed, accordingToRules(await tried.read(), asked), await check(tried, asked)];
}

async function explain({ admin }: TriedHouse, body: AskedQuestion): Promise<Explanation> {
  return (await admin.call(accessExplain, { body })).result;
}

/** What the service is told when it asks about the person; of a delegate, whom it could only ask about by a token, the same cut down by the grant. */
async function check({ service }: TriedWorld, asked: AskedQuestion): Promise<boolean> {
  const { userId, workspaceId, action, type, resourceId, permission } = asked;
  const subject = { userId, ...(workspaceId ? { workspaceId } : {}) };
  if (!isCovered(asked)) return false;
  if (action !== undefined)
    return (await service.call(actionsCheck, { body: { ...subject, action } })).result.allowed;
  const checks = [{ type: type!, id: resourceId!, permission: permission! }];
  const answer = await service.call(resourcesCheck, { body: { ...subject, checks } });
  return answer.result.results[0]!.allowed;
}

function isCovered({ grantedActions, action, type, permission }: AskedQuestion): boolean {
  if (!grantedActions) return true;
  if (action !== undefined) return grantedActions.includes(action);
  const enough = { view: ['view', 'edit', 'manage'], edit: ['edit', 'manage'], manage: ['manage'] };
  return enough[permission!].some((held) => grantedActions.includes(`${type}:${held}`));
}

/** Questions that an operator can ask: about people and workspaces that are there. */
function questionsOf(world: AccessWorld, chance: Chance): AskedQuestion[] {
  const users = new Set(world.users.map(({ id }) => id));
  const workspaces = new Set<string | null>([null, ...world.workspaces.map(({ id }) => id)]);
  const subjects = subjectsOf(world, chance).filter(
    ({ userId, workspaceId }) => users.has(userId) && workspaces.has(workspaceId),
  );
  const about = ({ userId, workspaceId, granted }: (typeof subjects)[number]): AskedQuestion => ({
    userId,
    service: world.serviceName,
    ...(workspaceId ? { workspaceId } : {}),
    ...(granted ? { grantedActions: [...granted] } : {}),
  });
  return [
    ...actionQuestionsOf(
      world,
      subjects.filter(({ workspaceId }) => workspaceId !== null),
    ).flatMap(({ subject, action }) => Array(6).fill({ ...about(subject), action })),
    ...resourceQuestionsOf(world, subjects)
      // The one that is not registered comes as often as five others.
      .flatMap(
        (question) =>
          Array(question.key === 'never registered' ? 5 : 1).fill(question) as (typeof question)[],
      )
      .map(({ subject, type, key, right }) => ({
        ...about(subject),
        type,
        resourceId: key,
        permission: right,
      })),
  ];
}

function sample<T>(from: readonly T[], count: number, chance: Chance): T[] {
  return from
    .map((one) => [chance.next(), one] as const)
    .sort(([one], [other]) => one - other)
    .slice(0, count)
    .map(([, one]) => one);
}
