import type { Access } from '@castellan/server';
import { describe, type Verdict } from './judge-decide.ts';
import {
  actionQuestionsOf,
  resourceQuestionsOf,
  subjectsOf,
  type WorldResourceQuestion,
} from './questions.ts';
import type { Chance } from './random-world.ts';
import { mayAct, mayTouch, mayTouchAll, type WorldSubject } from './reference.ts';
import type { AccessWorld } from './world.ts';

const rights = ['view', 'edit', 'manage'] as const;
const batch = 100;

type Compare = (question: object, found: unknown, expected: unknown) => void;

/** One thing to ask, and what the rules say to it. */
interface Trial {
  readonly question: object;
  ask(): Promise<unknown>;
  expected(): unknown;
}

/**
 * Holds everything that {@link Access} answers from a database against the reference: each check, what is accessible,
 * whole and page by page, and who has access.
 *
 * @param world written to the database that `access` reads
 * @param part which part of all checks, and of all lists and searches, is asked
 */
export async function judgeAccess(
  access: Access,
  world: AccessWorld,
  chance: Chance,
  part = { checks: 1, lists: 1 },
): Promise<Verdict> {
  const subjects = subjectsOf(world, chance);
  const limit = 1 + chance.below(12);
  const verdict = { asked: 0, allowed: 0, differences: [] as string[] };
  const compare: Compare = (question, found, expected) => {
    verdict.asked++;
    if (found === true) verdict.allowed++;
    const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
    if (left !== right)
      verdict.differences.push(`${describe(question)}: found ${left}, the rules say ${right}`);
  };
  await judgeChecks(access, world, chance.some(resourceQuestionsOf(world, subjects), part.checks), compare);
  await judgeActions(access, world, subjects, compare);
  const trials = [
    ...subjects.flatMap((subject) => listsOf(access, world, subject, limit)),
    ...searchesOf(access, world, limit, chance.id()),
  ];
  for (const trial of chance.some(trials, part.lists))
    compare(trial.question, await trial.ask(), trial.expected());
  return verdict;
}

async function judgeChecks(
  access: Access,
  world: AccessWorld,
  questions: readonly WorldResourceQuestion[],
  compare: Compare,
): Promise<void> {
  const { serviceId } = world;
  for (let start = 0; start < questions.length; start += batch) {
    const some = questions.slice(start, start + batch);
    const answers = await access.checkResources(some.map((question) => ({ ...question, serviceId })));
    for (const [index, question] of some.entries())
      compare(question, answers[index]?.allowed, mayTouch(world, question.subject, question));
  }
}

async function judgeActions(
  access: Access,
  world: AccessWorld,
  subjects: readonly WorldSubject[],
  compare: Compare,
): Promise<void> {
  const { serviceId } = world;
  const actions = actionQuestionsOf(world, subjects);
  const answers = await access.checkActions(actions.map((question) => ({ ...question, serviceId })));
  for (const [index, question] of actions.entries())
    compare(question, answers[index]?.allowed, mayAct(world, question.subject, question.action));
}

/** All lists of what one subject may do. */
function listsOf(access: Access, world: AccessWorld, subject: WorldSubject, limit: number): Trial[] {
  const { serviceId } = world;
  const names = world.actions.map(({ name }) => name).sort();
  const ofTypes = world.types.flatMap(({ name: type }) =>
    rights.flatMap((right): Trial[] => {
      const question = { subject, type, right, serviceId, limit };
      const expected = (): string[] =>
        byId(world.resources)
          .filter((resource) => resource.type === type && mayTouch(world, subject, { ...resource, right }))
          .map(({ key }) => key);
      return [
        {
          question: { accessible: question },
          ask: () => allPages((after) => access.accessible({ ...question, after, enumerate: true })),
          expected,
        },
        {
          question: { firstOrAll: question },
          ask: async () => {
            const { all, ids } = await access.accessible(question);
            return { all, ids };
          },
          expected: () =>
            mayTouchAll(world, subject, type, right)
              ? { all: true, ids: [] }
              : { all: false, ids: expected().slice(0, limit) },
        },
      ];
    }),
  );
  return [
    {
      question: { actionsOf: subject },
      ask: () => access.actionsOf(subject, serviceId),
      expected: () => names.filter((name) => mayAct(world, subject, name)),
    },
    ...ofTypes,
  ];
}

/** All searches for people: by resource and right, and by workspace and action, one of them in a workspace that is none. */
function searchesOf(access: Access, world: AccessWorld, limit: number, nowhere: string): Trial[] {
  const { serviceId } = world;
  const people = byId(world.users).map(({ id }) => id);
  const asPerson = (userId: string, workspaceId: string | null) => ({ userId, workspaceId, granted: null });
  const ofResources = world.resources.flatMap(({ type, key }) =>
    rights.map((right): Trial => {
      const question = { serviceId, type, key, right, limit };
      return {
        question: { subjectsOf: question },
        ask: () => allPages((after) => access.subjectsOfResource({ ...question, after })),
        expected: () => people.filter((id) => mayTouch(world, asPerson(id, null), question)),
      };
    }),
  );
  const ofActions = [...world.workspaces.map(({ id }) => id), nowhere].flatMap((workspaceId) =>
    world.actions.map(({ name: action }): Trial => {
      const question = { serviceId, workspaceId, action, limit };
      return {
        question: { subjectsOf: question },
        ask: () => allPages((after) => access.subjectsOfAction({ ...question, after })),
        expected: () => people.filter((id) => mayAct(world, asPerson(id, workspaceId), action)),
      };
    }),
  );
  return [...ofResources, ...ofActions];
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function allPages(
  read: (
    after: string | undefined,
  ) => Promise<{ readonly ids: readonly string[]; readonly next?: string | undefined }>,
): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    ids.push(...page.ids);
    after = page.next;
  } while (after !== undefined);
  return ids;
}
