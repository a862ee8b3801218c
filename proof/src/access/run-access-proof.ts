import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccess } from '@castellan/server';
import { migrate, silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import {
  chanceOf,
  judgeAccess,
  judgeDecide,
  randomAccessWorld,
  type Verdict,
  writeAccessWorld,
} from '@castellan/testkit';
import pg from 'pg';

const worldsInProcess = 10_000;
const worldsInDatabase = 200;
/** Worlds that ask at the same time, so that one query holds questions of several. */
const atOnce = 4;

/** What one part of the proof compared. */
interface Part extends Verdict {
  readonly name: string;
  readonly worlds: number;
  readonly tookMs: number;
}

/** All that was compared. */
export interface AccessProof {
  readonly parts: readonly Part[];
}

/** Holds the product's answers about access against the reference model, in random worlds. */
export async function runAccessProof(say: (line: string) => void): Promise<AccessProof> {
  const parts = [];
  for (const prove of [proveDecide, proveAccess]) {
    const started = performance.now();
    const { name, verdicts } = await prove(say);
    parts.push({
      name,
      worlds: verdicts.length,
      asked: sum(verdicts.map(({ asked }) => asked)),
      allowed: sum(verdicts.map(({ allowed }) => allowed)),
      differences: verdicts.flatMap(({ differences }) => differences),
      tookMs: Math.round(performance.now() - started),
    });
  }
  return { parts };
}

interface Judged {
  readonly name: string;
  readonly verdicts: readonly Verdict[];
}

async function proveDecide(say: (line: string) => void): Promise<Judged> {
  const verdicts: Verdict[] = [];
  for (let seed = 1; seed <= worldsInProcess; seed++) {
    verdicts.push(judgeDecide(seed));
    if (seed % 1000 === 0) say(`${seed} worlds in process`);
  }
  return { name: '`decide`, in process', verdicts };
}

async function proveAccess(say: (line: string) => void): Promise<Judged> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-access-'));
  const database = await startEmbeddedDatabase({ directory, log: silentLog });
  const connection = { connectionString: database.url };
  const pool = new pg.Pool(connection);
  try {
    await migrate({ database: connection, log: silentLog });
    const access = createAccess({ pool });
    const verdicts: Verdict[] = [];
    for (let first = 1; first <= worldsInDatabase; first += atOnce) {
      const seeds = Array.from({ length: atOnce }, (_, index) => first + index);
      const judged = await Promise.all(
        seeds.map(async (seed) => {
          const world = randomAccessWorld(seed);
          await writeAccessWorld((text, values) => pool.query(text, [...values]), world);
          return judgeAccess(access, world, chanceOf(~seed));
        }),
      );
      verdicts.push(...judged);
      if (verdicts.length % 20 === 0) say(`${verdicts.length} worlds in a database`);
      // Tables that grow as these do are analyzed in between by every server in operation.
      if (verdicts.length % 40 === 0) await pool.query('ANALYZE');
    }
    return { name: 'checks, lists and searches, from a database', verdicts };
  } finally {
    await pool.end();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
