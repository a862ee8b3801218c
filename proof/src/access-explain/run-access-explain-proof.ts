import {
  chanceOf,
  createTestPlatform,
  type ExplainVerdict,
  judgeExplain,
  judgeSimulate,
  randomAccessWorld,
  type SimulateVerdict,
} from '@castellan/testkit';
import { clusterVariable, startTestCluster } from '@castellan/testkit/database';
import { type Crowd, simulateCrowd } from './simulate-crowd.ts';

const worlds = 40;
const questionsPerWorld = { asked: 60, turned: 8 };
const changesPerWorld = 25;

/** All that was explained and simulated, and what became of it. */
export interface AccessExplainProof {
  readonly worlds: number;
  readonly explained: Omit<ExplainVerdict, 'differences'>;
  readonly simulated: Omit<SimulateVerdict, 'differences'>;
  readonly differences: readonly string[];
  readonly crowd: Crowd;
}

/** Makes what explanations propose and what simulations foresee, for real, in random worlds; then simulates for a crowd. */
export async function runAccessExplainProof(say: (line: string) => void): Promise<AccessExplainProof> {
  const { cluster, stop } = await startTestCluster();
  process.env[clusterVariable] = JSON.stringify(cluster);
  try {
    const house = await createTestPlatform();
    try {
      const at = { house, admin: await house.administrator() };
      const explained: ExplainVerdict[] = [];
      const simulated: SimulateVerdict[] = [];
      for (let seed = 1; seed <= worlds; seed++) {
        const [one, other] = [randomAccessWorld(seed), randomAccessWorld(worlds + seed)];
        explained.push(await judgeExplain(at, one, chanceOf(~seed), questionsPerWorld));
        simulated.push(await judgeSimulate(at, other, chanceOf(~seed), changesPerWorld));
        if (seed % 5 !== 0) continue;
        say(`${seed} worlds of each`);
        // Tables that grow as these do are analyzed in between by every server in operation.
        await house.query('ANALYZE');
      }
      say('a crowd');
      const crowd = await simulateCrowd(at);
      return {
        worlds,
        explained: {
          ...sums(explained, ['asked', 'allowed', 'turned', 'stayed']),
          kinds: sumKinds(explained),
        },
        simulated: { ...sums(simulated, ['effective', 'people', 'refused']), kinds: sumKinds(simulated) },
        differences: [...explained, ...simulated].flatMap(({ differences }) => differences),
        crowd,
      };
    } finally {
      await house.close();
    }
  } finally {
    await stop();
  }
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
