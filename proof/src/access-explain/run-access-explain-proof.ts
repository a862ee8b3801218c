import {
  type ChangesVerdict,
  chanceOf,
  createTestPlatform,
  type ExplainVerdict,
  judgeChanges,
  judgeExplain,
  judgeSimulate,
  leaveTablesAlone,
  randomAccessWorld,
  type SimulateVerdict,
  sumChangesVerdicts,
  type TestCaller,
  type TestPlatform,
} from '@castellan/testkit';
import { clusterVariable, startTestCluster } from '@castellan/testkit/database';
import { type Crowd, simulateCrowd } from './simulate-crowd.ts';

const sizesOfAll = { worlds: 10_000, closely: 40 };
const sizesInBrief = { worlds: 100, closely: 2 };
/** Worlds that are written, and read back, by the same statements. */
const writtenTogether = 50;
const questionsPerWorld = { asked: 20, turned: 8 };
const changesPerWorld = 25;

/** A few worlds in which more is asked and made, each of it through the API. */
interface Closely {
  readonly worlds: number;
  readonly explained: Omit<ExplainVerdict, 'differences'>;
  readonly simulated: Omit<SimulateVerdict, 'differences'>;
  readonly tookMs: number;
}

/** All that was explained and simulated, and what became of it. */
export interface AccessExplainProof {
  readonly all: ChangesVerdict & { readonly tookMs: number };
  readonly closely: Closely;
  readonly differences: readonly string[];
  readonly crowd: Crowd;
}

interface At {
  readonly house: TestPlatform;
  readonly admin: TestCaller;
}

/** Makes what explanations propose and what simulations foresee, for real, in random worlds; then simulates for a crowd. */
export async function runAccessExplainProof(
  say: (line: string) => void,
  { isBrief }: { readonly isBrief: boolean },
): Promise<AccessExplainProof> {
  const sizes = isBrief ? sizesInBrief : sizesOfAll;
  const { cluster, stop } = await startTestCluster();
  process.env[clusterVariable] = JSON.stringify(cluster);
  try {
    const house = await createTestPlatform();
    try {
      const at = { house, admin: await house.administrator() };
      await leaveTablesAlone((text, values) => house.query(text, values));
      const all = await inAllWorlds(at, sizes.worlds, say);
      const { differences, ...closely } = await inSomeClosely(at, sizes.closely, say);
      say('a crowd');
      const crowd = await simulateCrowd(at);
      return { all, closely, differences: [...all.differences, ...differences], crowd };
    } finally {
      await house.close();
    }
  } finally {
    await stop();
  }
}

async function inAllWorlds(
  at: At,
  worlds: number,
  say: (line: string) => void,
): Promise<AccessExplainProof['all']> {
  const started = performance.now();
  const verdicts: ChangesVerdict[] = [];
  for (let first = 1; first <= worlds; first += writtenTogether) {
    const seeds = Array.from({ length: writtenTogether }, (_, index) => first + index);
    verdicts.push(
      await judgeChanges(
        at,
        seeds.map((seed) => ({ world: randomAccessWorld(seed), chance: chanceOf(~seed) })),
      ),
    );
    // Tables that grow as these do are analyzed in between by every server in operation.
    if (Number.isInteger(Math.log2(verdicts.length))) await at.house.query('ANALYZE');
    if (verdicts.length % 10 === 0) say(`${verdicts.length * writtenTogether} worlds`);
  }
  return { ...sumChangesVerdicts(verdicts), tookMs: Math.round(performance.now() - started) };
}

async function inSomeClosely(
  at: At,
  worlds: number,
  say: (line: string) => void,
): Promise<Closely & { readonly differences: readonly string[] }> {
  const started = performance.now();
  const explained: ExplainVerdict[] = [];
  const simulated: SimulateVerdict[] = [];
  for (let seed = 1; seed <= worlds; seed++) {
    const [one, other] = [randomAccessWorld(seed), randomAccessWorld(worlds + seed)];
    explained.push(await judgeExplain(at, one, chanceOf(~seed), questionsPerWorld));
    simulated.push(await judgeSimulate(at, other, chanceOf(~seed), changesPerWorld));
    if (seed % 10 === 0) say(`${seed} worlds of each closely`);
  }
  return {
    worlds,
    explained: { ...sums(explained, ['asked', 'allowed', 'turned', 'stayed']), kinds: sumKinds(explained) },
    simulated: { ...sums(simulated, ['effective', 'people', 'refused']), kinds: sumKinds(simulated) },
    differences: [...explained, ...simulated].flatMap(({ differences }) => differences),
    tookMs: Math.round(performance.now() - started),
  };
}

function sums<K extends string>(
  verdicts: readonly Readonly<Record<K, number>>[],
  keys: readonly K[],
): Record<K, number> {
  return Object.fromEntries(
    keys.map((key) => [key, verdicts.reduce((total, verdict) => total + verdict[key], 0)]),
  ) as Record<K, number>;
}

function sumKinds(
  verdicts: readonly { readonly kinds: Readonly<Record<string, number>> }[],
): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { kinds } of verdicts)
    for (const [kind, count] of Object.entries(kinds)) total[kind] = (total[kind] ?? 0) + count;
  return total;
}
