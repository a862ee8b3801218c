// Long because it is one idea: what is asked, changed and held against the rules in one world, in its order.
import type { Explanation, PlannedChange } from '@castellan/contract';
import { type Access, createAccess, explainAccess, simulateAccess } from '@castellan/server';
import { accordingToRules, isElsewhere, subjectOf } from './ask-explain.ts';
import { leadsToAction, leadsToResource } from './judge-decide.ts';
import { differenceOf, linesOf, type Simulation } from './judge-simulate.ts';
import { makePlannedChange } from './make-planned-change.ts';
import { type AskedQuestion, makeProposedChanges } from './make-proposed-change.ts';
import { tryShorterChanges, turnsByRules } from './plain-changes.ts';
import { oneOfEach, principalOf } from './principals.ts';
import { namedResourcesOf, rights } from './questions.ts';
import { randomPlannedChange } from './random-change.ts';
import type { Chance } from './random-world.ts';
import { readAccessWorlds } from './read-world.ts';
import type { WorldSubject } from './reference.ts';
import { type TriedHouse, type TriedWorld, tryWorlds } from './tried-world.ts';
import { OpenVerdict, sumVerdicts, type Verdict } from './verdict.ts';
import type { AccessWorld } from './world.ts';

/** What was explained, changed and simulated in worlds, and where it was not as it should be. */
export interface ChangesVerdict {
  readonly worlds: number;
  readonly explained: Verdict;
  /** Refusals whose proposal was held against every shorter set of changes, in the plain model. */
  readonly shortest: { readonly refusals: number; readonly setsTried: number };
  /** Refusals whose proposal was really made. */
  readonly turned: {
    readonly worlds: number;
    readonly byLength: Readonly<Record<string, number>>;
    readonly byPrincipal: Readonly<Record<string, number>>;
    readonly kinds: Readonly<Record<string, number>>;
  };
  /** Changes that were simulated and then really made. */
  readonly simulated: {
    readonly worlds: number;
    readonly effective: number;
    readonly people: number;
    readonly refused: number;
    readonly kinds: Readonly<Record<string, number>>;
  };
  readonly differences: readonly string[];
}

/** Worlds that are worked in at the same time. */
const atOnce = 5;

/** Asks, within the server and apart from HTTP. */
interface Asking {
  readonly access: Access;
  explain(asked: AskedQuestion): Promise<Explanation>;
  simulate(change: PlannedChange): Promise<Simulation>;
}

/** A world while it is worked in. */
interface Open {
  readonly tried: TriedWorld;
  readonly chance: Chance;
  readonly verdict: OpenVerdict;
  /** The refusal that is turned, its proposal, and the question as it is asked afterwards. */
  turned?: { readonly asked: AskedQuestion; readonly explained: Explanation; readonly after: AskedQuestion };
  planned?: { readonly change: PlannedChange; readonly said: Simulation; readonly codes: string[] };
  shortest: { refusals: number; setsTried: number };
}

/**
 * In each of some worlds, beside each other in one database: explains some questions about each kind of principal, holds each
 * proposal against all that is shorter, makes one of them for real, step by step; then simulates a change, makes that, and holds
 * what was said against the difference that a plain reference works out from the tables.
 */
export async function judgeChanges(
  at: TriedHouse,
  worlds: readonly { readonly world: AccessWorld; readonly chance: Chance }[],
): Promise<ChangesVerdict> {
  const { pool } = at.house.platform.database;
  const asking: Asking = {
    access: createAccess({ pool }),
    explain: (asked) => explainAccess(pool, asked),
    simulate: (change) => simulateAccess(pool, change),
  };
  const tried = await tryWorlds(
    at,
    worlds.map(({ world }) => world),
  );
  const open = worlds.map(({ chance }, index): Open => {
    const verdict = new OpenVerdict();
    return { tried: tried[index]!, chance, verdict, shortest: { refusals: 0, setsTried: 0 } };
  });
  const readAll = (): Promise<AccessWorld[]> =>
    readAccessWorlds(
      (text, values) => at.house.query(text, values),
      worlds.map(({ world }) => world),
    );
  await inTurns(open, (one) => explainAndTurn(asking, one));
  const turned = await readAll();
  for (const [index, one] of open.entries())
    if (one.turned && !accordingToRules(turned[index]!, one.turned.after))
      one.verdict.differs('by the rules, all changes do not turn it', one.turned);
  await inTurns(open, (one, index) => simulateAndMake(asking, one, turned[index]!));
  const after = await readAll();
  const happened = open.map((one, index) => judgePlanned(one, turned[index]!, after[index]!));
  return sumUp(open, happened);
}

async function explainAndTurn(asking: Asking, one: Open): Promise<void> {
  const { tried, chance, verdict } = one;
  const refused: { readonly asked: AskedQuestion; readonly explained: Explanation }[] = [];
  for (const asked of questionsOf(tried.world, chance)) {
    const explained = await judgeExplanation(asking, one, asked);
    if (explained.changes.length > 0) refused.push({ asked, explained });
    if (!asked.grantedActions) continue;
    const { grantedActions: _, ...ofPerson } = asked;
    const persons = await judgeExplanation(asking, one, ofPerson);
    verdict.beside(explained.allowed, persons.allowed, asked);
  }
  if (refused.length === 0) return;
  const { asked, explained } = chance.pick(refused);
  const may = async (question: AskedQuestion): Promise<boolean> => await check(asking, tried.world, question);
  const after = await makeProposedChanges(tried, asked, explained.changes, async (before) => {
    if (await may(before)) verdict.differs('it turns before all changes are made', { before, explained });
  });
  one.turned = { asked, explained, after };
  if (!(await may(after))) verdict.differs('all changes do not turn it', one.turned);
  if (!(await asking.explain(after)).allowed)
    verdict.differs('all changes do not turn what is explained', one.turned);
}

/** Holds one explanation against the rules, and its proposal against every shorter one. */
async function judgeExplanation(
  { explain }: Asking,
  { tried: { world }, verdict, shortest }: Open,
  asked: AskedQuestion,
): Promise<Explanation> {
  const explained = await explain(asked);
  const { allowed, changes, text } = explained;
  const subject = subjectOf(asked);
  verdict.answer(asked.action ? 'action' : 'resource', principalOf(world, subject), allowed);
  const complain = (what: string): void => verdict.differs(what, { asked, explained });
  if (allowed !== accordingToRules(world, asked)) complain('the rules say otherwise');
  if (text.length < 10 || /undefined|null/.test(text)) complain('no words');
  if (allowed) {
    if (changes.length > 0) complain('a yes needs no change');
    const resource = world.resources.find(({ type, key }) => type === asked.type && key === asked.resourceId);
    const leads = asked.action
      ? leadsToAction(world, subject, explained, asked.action)
      : leadsToResource(world, subject, explained, resource);
    if (!leads) complain('the path leads nowhere');
  } else if (changes.length === 0) {
    if (!isElsewhere(world, asked)) complain('nothing is proposed');
  } else {
    const { tried, isEnough } = tryShorterChanges(world, asked, changes.length);
    shortest.refusals++;
    shortest.setsTried += tried;
    if (isEnough) complain('less would do');
    if (!turnsByRules(world, asked, changes)) complain('by the plain model, all changes do not turn it');
  }
  return explained;
}

/** What the service is told. */
async function check({ access }: Asking, { serviceId }: AccessWorld, asked: AskedQuestion): Promise<boolean> {
  const { action, type, resourceId, permission } = asked;
  const about = { subject: subjectOf(asked), serviceId };
  const [answer] =
    action !== undefined
      ? await access.checkActions([{ ...about, action }])
      : await access.checkResources([{ ...about, type: type!, key: resourceId!, right: permission! }]);
  return answer!.allowed;
}

async function simulateAndMake({ simulate }: Asking, one: Open, now: AccessWorld): Promise<void> {
  let change: PlannedChange | undefined;
  for (let attempt = 0; !change && attempt < 50; attempt++) change = randomPlannedChange(now, one.chance);
  if (!change) return;
  const said = await simulate(change);
  one.planned = { change, said, codes: await makePlannedChange(one.tried, now, change) };
}

/** Who gained or lost something, as the rules see the world before and after; what was said must be the same. */
function judgePlanned({ planned, verdict }: Open, before: AccessWorld, after: AccessWorld): number {
  if (!planned) return 0;
  const { change, said, codes } = planned;
  const happened = differenceOf(before, after);
  if (String(said.refusal ?? '') !== codes.join()) verdict.differs('refused otherwise', planned);
  if (JSON.stringify(linesOf(said)) !== JSON.stringify(happened) || said.peopleCount !== happened.length)
    verdict.differs('what was said is not what happened', { change, said: linesOf(said), happened });
  return happened.length;
}

/** Questions that an operator can ask, one about each kind of principal; about who may something at all, every other time one that is a yes. */
function questionsOf(world: AccessWorld, chance: Chance): AskedQuestion[] {
  return Object.entries(oneOfEach(world, chance)).map(([principal, subject]) => {
    const makeUp = (): AskedQuestion => randomQuestion(world, subject, chance);
    let asked = makeUp();
    if (principal !== 'stranger' && principal !== 'deactivated' && chance.happens(0.5))
      for (let attempt = 0; attempt < 8 && !accordingToRules(world, asked); attempt++) asked = makeUp();
    return asked;
  });
}

function randomQuestion(
  world: AccessWorld,
  { userId, workspaceId, granted }: WorldSubject,
  chance: Chance,
): AskedQuestion {
  const about = {
    userId,
    service: world.serviceName,
    ...(workspaceId ? { workspaceId } : {}),
    ...(granted ? { grantedActions: [...granted] } : {}),
  };
  if (workspaceId && chance.happens(0.4)) return { ...about, action: chance.pick(world.actions).name };
  const near = world.resources.filter((resource) => resource.workspaceId === workspaceId);
  const named = namedResourcesOf(world);
  const { type, key } = chance.happens(0.07)
    ? named.at(-1)!
    : chance.pick(near.length === 0 || chance.happens(0.05) ? named : near);
  return { ...about, type, resourceId: key, permission: chance.pick(rights) };
}

async function inTurns(
  open: readonly Open[],
  work: (one: Open, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...open.entries()];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await work(next[1], next[0]);
    }),
  );
}

function sumUp(open: readonly Open[], happened: readonly number[]): ChangesVerdict {
  const turned = open.flatMap((one) => (one.turned ? [{ ...one.turned, world: one.tried.world }] : []));
  const planned = open.flatMap((one) => one.planned ?? []);
  const { differences, ...explained } = sumVerdicts(open.map(({ verdict }) => verdict.close()));
  return {
    worlds: open.length,
    explained: { ...explained, differences: [] },
    shortest: {
      refusals: sum(open.map(({ shortest }) => shortest.refusals)),
      setsTried: sum(open.map(({ shortest }) => shortest.setsTried)),
    },
    turned: {
      worlds: turned.length,
      byLength: countOf(turned.map((one) => String(one.explained.changes.length))),
      byPrincipal: countOf(turned.map((one) => principalOf(one.world, subjectOf(one.asked)))),
      kinds: countOf(turned.flatMap((one) => one.explained.changes.map(({ kind }) => kind))),
    },
    simulated: {
      worlds: planned.length,
      effective: happened.filter((people) => people > 0).length,
      people: sum(happened),
      refused: planned.filter(({ said }) => said.refusal).length,
      kinds: countOf(planned.map(({ change }) => change.kind)),
    },
    differences,
  };
}

/** What several of {@link judgeChanges} found, as one. */
export function sumChangesVerdicts(verdicts: readonly ChangesVerdict[]): ChangesVerdict {
  const all = (read: (verdict: ChangesVerdict) => number): number => sum(verdicts.map(read));
  const counts = (read: (verdict: ChangesVerdict) => Readonly<Record<string, number>>) => {
    const total: Record<string, number> = {};
    for (const verdict of verdicts)
      for (const [name, count] of Object.entries(read(verdict))) total[name] = (total[name] ?? 0) + count;
    return total;
  };
  return {
    worlds: all(({ worlds }) => worlds),
    explained: sumVerdicts(verdicts.map(({ explained }) => explained)),
    shortest: {
      refusals: all(({ shortest }) => shortest.refusals),
      setsTried: all(({ shortest }) => shortest.setsTried),
    },
    turned: {
      worlds: all(({ turned }) => turned.worlds),
      byLength: counts(({ turned }) => turned.byLength),
      byPrincipal: counts(({ turned }) => turned.byPrincipal),
      kinds: counts(({ turned }) => turned.kinds),
    },
    simulated: {
      worlds: all(({ simulated }) => simulated.worlds),
      effective: all(({ simulated }) => simulated.effective),
      people: all(({ simulated }) => simulated.people),
      refused: all(({ simulated }) => simulated.refused),
      kinds: counts(({ simulated }) => simulated.kinds),
    },
    differences: verdicts.flatMap(({ differences }) => differences),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
