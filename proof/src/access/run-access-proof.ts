import { createAccess } from '@castellan/server';
import {
  type AccessWorld,
  chanceOf,
  judgeAccess,
  judgeDecide,
  judgeSomeAccess,
  leastOfWorld,
  leaveTablesAlone,
  randomAccessWorld,
  sumVerdicts,
  type Verdict,
  writeAccessWorlds,
} from '@castellan/testkit';
import { clusterVariable, createTestDatabase, startTestCluster } from '@castellan/testkit/database';

const worldsOfAll = 10_000;
const worldsInBrief = 100;
/** Worlds that are written by the same statements. */
const writtenTogether = 50;
/** Worlds that ask at the same time, so that one query holds questions of several. */
const atOnce = 5;
/** Of so many worlds, one is asked everything that there is to ask. */
const askedAllEvery = 500;

/** What one part of the proof compared. */
interface Part extends Verdict {
  readonly name: string;
  readonly worlds: number;
  readonly tookMs: number;
}

/** The smallest and the largest world. */
type Sizes = Readonly<Record<keyof typeof leastOfWorld, { readonly least: number; readonly most: number }>>;

/** All that was compared. */
export interface AccessProof {
  readonly parts: readonly Part[];
  readonly sizes: Sizes;
  /** How many worlds were asked every question from the database. */
  readonly askedAll: number;
}

/** Holds the product's answers about access against the reference model, in random worlds. */
export async function runAccessProof(
  say: (line: string) => void,
  { isBrief }: { readonly isBrief: boolean },
): Promise<AccessProof> {
  const worlds = isBrief ? worldsInBrief : worldsOfAll;
  const sizes = measureWorlds(worlds);
  const parts: Part[] = [];
  for (const [name, prove] of [
    ['`decide`, in process: every question', proveDecide],
    ['checks, lists and searches, from a database', proveAccess],
  ] as const) {
    const started = performance.now();
    const verdicts = await prove(worlds, say);
    const tookMs = Math.round(performance.now() - started);
    parts.push({ name, worlds: verdicts.length, ...sumVerdicts(verdicts), tookMs });
  }
  return { parts, sizes, askedAll: Math.floor(worlds / askedAllEvery) };
}

/** @throws when a world is smaller than it may be */
function measureWorlds(worlds: number): Sizes {
  const sizes = {
    people: { least: Infinity, most: 0 },
    workspaces: { least: Infinity, most: 0 },
    resources: { least: Infinity, most: 0 },
  };
  for (let seed = 1; seed <= worlds; seed++) {
    const { users, workspaces, resources } = randomAccessWorld(seed);
    const counts = { people: users.length, workspaces: workspaces.length, resources: resources.length };
    for (const name of ['people', 'workspaces', 'resources'] as const) {
      if (counts[name] < leastOfWorld[name])
        throw new Error(`World ${seed} has ${counts[name]} ${name}; ${leastOfWorld[name]} are the least.`);
      sizes[name].least = Math.min(sizes[name].least, counts[name]);
      sizes[name].most = Math.max(sizes[name].most, counts[name]);
    }
  }
  return sizes;
}

async function proveDecide(worlds: number, say: (line: string) => void): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let seed = 1; seed <= worlds; seed++) {
    verdicts.push(judgeDecide(seed));
    if (seed % 1000 === 0) say(`${seed} worlds in process`);
  }
  return verdicts;
}

async function proveAccess(worlds: number, say: (line: string) => void): Promise<Verdict[]> {
  const { cluster, stop } = await startTestCluster();
  try {
    process.env[clusterVariable] = JSON.stringify(cluster);
    const { pool } = await createTestDatabase();
    const query = (text: string, values: readonly unknown[]) => pool.query(text, [...values]);
    await leaveTablesAlone(query);
    const access = createAccess({ pool });
    const verdicts: Verdict[] = [];
    for (let first = 1; first <= worlds; first += writtenTogether) {
      const seeds = Array.from({ length: writtenTogether }, (_, index) => first + index);
      const written = seeds.map((seed) => [seed, randomAccessWorld(seed)] as const);
      await writeAccessWorlds(
        query,
        written.map(([, world]) => world),
      );
      // Tables that grow as these do are analyzed in between by every server in operation.
      if (Number.isInteger(Math.log2((first - 1) / writtenTogether + 1))) await pool.query('ANALYZE');
      const waiting = [...written];
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let next = waiting.pop(); next; next = waiting.pop()) verdicts.push(await judge(...next));
        }),
      );
      if (verdicts.length % 500 === 0) say(`${verdicts.length} worlds in a database`);
    }
    await pool.end();
    return verdicts;

    function judge(seed: number, world: AccessWorld): Promise<Verdict> {
      const judgeIt = seed % askedAllEvery === 0 ? judgeAccess : judgeSomeAccess;
      return judgeIt(access, world, chanceOf(~seed));
    }
  } finally {
    await stop();
  }
}
