import type { Access } from '@castellan/server';
import { leadsToAction, leadsToResource } from './judge-decide.ts';
import { oneOfEach, type Principal, principalOf } from './principals.ts';
import {
  actionQuestionsOf,
  namedResourcesOf,
  resourceQuestionsOf,
  rights,
  subjectsOf,
  type WorldActionQuestion,
  type WorldResourceQuestion,
} from './questions.ts';
import type { Chance } from './random-world.ts';
import { mayAct, mayTouch, mayTouchAll, type WorldSubject } from './reference.ts';
import { OpenVerdict, type Verdict } from './verdict.ts';
import type { AccessWorld } from './world.ts';

const batch = 100;

/** One thing to ask, and what the rules say to it. */
interface Trial {
  readonly kind: string;
  readonly principal: Principal | null;
  readonly question: object;
  ask(): Promise<unknown>;
  expected(): unknown;
  /** Of a list of what a delegate may: the same list of the person. */
  readonly ofPerson?: () => Promise<readonly string[]>;
}

/** What is asked of one world. */
interface Asked {
  readonly resources: readonly WorldResourceQuestion[];
  readonly actions: readonly WorldActionQuestion[];
  readonly trials: readonly Trial[];
}

/**
 * Holds everything that {@link Access} answers from a database against the reference: each check, what is accessible,
 * whole and page by page, and who has access.
 *
 * @param world written to the database that `access` reads
 * @param part which part of all checks, and of all lists and searches, is asked
 */
export function judgeAccess(
  access: Access,
  world: AccessWorld,
  chance: Chance,
  part = { checks: 1, lists: 1 },
): Promise<Verdict> {
  const subjects = subjectsOf(world, chance);
  const limit = 1 + chance.below(12);
  const trials = [
    ...subjects.flatMap((subject) => listsOf(access, world, subject, limit)),
    ...searchesOf(access, world, limit, chance.id()),
  ];
  return judge(access, world, {
    resources: chance.some(resourceQuestionsOf(world, subjects), part.checks),
    actions: actionQuestionsOf(world, subjects),
    trials: chance.some(trials, part.lists),
  });
}

/**
 * The same with a few questions of every sort about each kind of principal; what is asked about a delegate is asked about the
 * person too. Where it is worth a thousand worlds rather than all of one.
 */
export function judgeSomeAccess(access: Access, world: AccessWorld, chance: Chance): Promise<Verdict> {
  const limit = chance.pick([1, 3, 5, 8, 13, 20, 50, 50]);
  const certain = [oneOfEach(world, chance), oneOfEach(world, chance)].flatMap((each) => Object.values(each));
  const subjects = [...certain, ...[1, 2, 3].map(() => chance.pick(subjectsOf(world, chance)))];
  const named = namedResourcesOf(world);
  const resources = subjects.flatMap((subject) => {
    const near = world.resources.filter(({ workspaceId }) => workspaceId === subject.workspaceId);
    const some = [1, 2, 3, 4, 5, 6].map((at) => chance.pick(at <= 4 && near.length > 0 ? near : named));
    return some.flatMap(({ type, key }) => rights.map((right) => ({ subject, type, key, right })));
  });
  const lists = certain.slice(0, 5).flatMap((subject) => {
    const [ofActions, ...others] = listsOf(access, world, subject, limit);
    const paged = others.filter(({ kind }) => kind === 'accessible, all pages');
    const first = others.filter(({ kind }) => kind !== 'accessible, all pages');
    return [ofActions!, chance.pick(paged), chance.pick(first)];
  });
  const searches = searchesOf(access, world, limit, chance.id());
  const byResource = searches.filter(({ kind }) => kind === 'who has a right to a resource');
  const byAction = searches.filter(({ kind }) => kind === 'who may do an action');
  return judge(access, world, {
    resources: withPersons(resources),
    actions: withPersons(actionQuestionsOf(world, subjects)),
    trials: [
      ...lists,
      ...[1, 2, 3].map(() => chance.pick(byResource)),
      ...[1, 2].map(() => chance.pick(byAction)),
    ],
  });
}

/** Each question about a delegate, and right after it the same about the person. */
function withPersons<Question extends { readonly subject: WorldSubject }>(
  questions: readonly Question[],
): Question[] {
  return questions.flatMap((question) =>
    question.subject.granted === null
      ? [question]
      : [question, { ...question, subject: { ...question.subject, granted: null } }],
  );
}

async function judge(access: Access, world: AccessWorld, asked: Asked): Promise<Verdict> {
  const verdict = new OpenVerdict();
  await judgeResources(access, world, asked.resources, verdict);
  await judgeActions(access, world, asked.actions, verdict);
  for (const { kind, principal, question, ask, expected, ofPerson } of asked.trials) {
    const [found, rule] = [await ask(), expected()];
    verdict.answer(kind, principal, !/^(\[\]|\{"all":false,"ids":\[\]\})$/.test(JSON.stringify(found)));
    if (JSON.stringify(found) !== JSON.stringify(rule))
      verdict.differs('the rules say otherwise', { question, found, rule });
    if (!ofPerson) continue;
    const [delegates, persons] = [found as string[], await ofPerson()];
    const isWithin = delegates.every((one) => persons.includes(one));
    verdict.beside(delegates.length > 0, isWithin && persons.length > 0, question);
  }
  return verdict.close();
}

async function judgeResources(
  access: Access,
  world: AccessWorld,
  questions: readonly WorldResourceQuestion[],
  verdict: OpenVerdict,
): Promise<void> {
  const { serviceId } = world;
  const answers: boolean[] = [];
  for (let start = 0; start < questions.length; start += batch) {
    const some = questions.slice(start, start + batch);
    const decisions = await access.checkResources(some.map((question) => ({ ...question, serviceId })));
    for (const [index, question] of some.entries()) {
      const { subject, type, key } = question;
      const answer = decisions[index]!;
      answers.push(answer.allowed);
      verdict.answer('check of a resource', principalOf(world, subject), answer.allowed);
      if (answer.allowed !== mayTouch(world, subject, question))
        verdict.differs('the rules say otherwise', { question, answer });
      const resource = world.resources.find((one) => one.type === type && one.key === key);
      if (answer.allowed && !leadsToResource(world, subject, answer, resource))
        verdict.differs('the path leads nowhere', { question, answer });
    }
  }
  judgeDelegates(questions, answers, verdict);
}

async function judgeActions(
  access: Access,
  world: AccessWorld,
  questions: readonly WorldActionQuestion[],
  verdict: OpenVerdict,
): Promise<void> {
  const { serviceId } = world;
  const decisions = await access.checkActions(questions.map((question) => ({ ...question, serviceId })));
  for (const [index, question] of questions.entries()) {
    const { subject, action } = question;
    const answer = decisions[index]!;
    verdict.answer('check of an action', principalOf(world, subject), answer.allowed);
    if (answer.allowed !== mayAct(world, subject, action))
      verdict.differs('the rules say otherwise', { question, answer });
    if (answer.allowed && !leadsToAction(world, subject, answer, action))
      verdict.differs('the path leads nowhere', { question, answer });
  }
  judgeDelegates(
    questions,
    decisions.map(({ allowed }) => allowed),
    verdict,
  );
}

/** Of questions made by {@link withPersons}: the delegate's answer beside the person's, which comes next. */
function judgeDelegates(
  questions: readonly { readonly subject: WorldSubject }[],
  answers: readonly boolean[],
  verdict: OpenVerdict,
): void {
  for (const [index, question] of questions.entries()) {
    const next = questions[index + 1]?.subject;
    const { subject } = question;
    if (subject.granted !== null && next?.granted === null && next.userId === subject.userId)
      verdict.beside(answers[index]!, answers[index + 1]!, question);
  }
}

/** All lists of what one subject may do. */
function listsOf(access: Access, world: AccessWorld, subject: WorldSubject, limit: number): Trial[] {
  const { serviceId } = world;
  const principal = principalOf(world, subject);
  const asPerson = subject.granted === null ? null : { ...subject, granted: null };
  const names = world.actions.map(({ name }) => name).sort();
  const ofTypes = world.types.flatMap(({ name: type }) =>
    rights.flatMap((right): Trial[] => {
      const question = { subject, type, right, serviceId, limit };
      const expected = (): string[] =>
        byId(world.resources)
          .filter((resource) => resource.type === type && mayTouch(world, subject, { ...resource, right }))
          .map(({ key }) => key);
      const listOf = (whose: WorldSubject): Promise<string[]> =>
        allPages((after) => access.accessible({ ...question, subject: whose, after, enumerate: true }));
      return [
        {
          kind: 'accessible, all pages',
          principal,
          question,
          ask: () => listOf(subject),
          expected,
          ...(asPerson ? { ofPerson: () => listOf(asPerson) } : {}),
        },
        {
          kind: 'accessible, first page or all',
          principal,
          question,
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
      kind: 'actions of a person',
      principal,
      question: subject,
      ask: () => access.actionsOf(subject, serviceId),
      expected: () => names.filter((name) => mayAct(world, subject, name)),
      ...(asPerson ? { ofPerson: () => access.actionsOf(asPerson, serviceId) } : {}),
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
        kind: 'who has a right to a resource',
        principal: null,
        question,
        ask: () => allPages((after) => access.subjectsOfResource({ ...question, after })),
        expected: () => people.filter((id) => mayTouch(world, asPerson(id, null), question)),
      };
    }),
  );
  const ofActions = [...world.workspaces.map(({ id }) => id), nowhere].flatMap((workspaceId) =>
    world.actions.map(({ name: action }): Trial => {
      const question = { serviceId, workspaceId, action, limit };
      return {
        kind: 'who may do an action',
        principal: null,
        question,
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
