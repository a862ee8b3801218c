import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For each ORM on each database. */
const callsOfEach = 10_000;

/** What came of the calls to one ORM on one database. */
interface FuzzVerdict {
  readonly name: string;
  readonly calls: number;
  readonly answered: number;
  readonly lists: number;
  readonly pages: number;
  readonly previews: number;
  readonly writes: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
  readonly tookMs: number;
}

/** All that was sent, and what was not as it should be. */
export interface AdminFuzzProof {
  readonly callsOfEach: number;
  readonly verdicts: readonly FuzzVerdict[];
}

const orms = ['Drizzle', 'TypeORM', 'Sequelize'];
/** The suites that send the calls, by database: those on MariaDB have settings of their own. */
const suites: Readonly<Record<string, readonly string[]>> = {
  MariaDB: ['packages/admin/test/fuzz.mariadb.test.ts', '--config', 'vitest.mariadb.config.ts'],
  PostgreSQL: ['packages/admin/test/fuzz.test.ts'],
  SQLite: ['packages/admin/test/fuzz.test.ts'],
};
const pairs = Object.entries(suites).flatMap(([database, suite]) =>
  orms.map((orm) => [...suite, '-t', `${orm} on ${database}: `]),
);
/** Each has a process of its own, and a database server where it needs one. */
const atOnce = 2;
const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Sends calls to the whole admin surface over every ORM on every database, as the suite of `@castellan/admin` does with every change, and
 * many more of them. @throws Error where a suite ends without having told what came of it
 */
export async function runAdminFuzzProof(say: (line: string) => void): Promise<AdminFuzzProof> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-admin-fuzz-'));
  const file = join(directory, 'verdicts.jsonl');
  try {
    const waiting = [...pairs];
    const said: string[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) said.push(await runSuite(next, file));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const written = await readFile(file, 'utf8').catch(() => '');
    const verdicts = written
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FuzzVerdict)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const { name, calls, complaints } of verdicts)
      say(`${name}: ${calls} calls, ${complaints.length} complaints`);
    if (verdicts.length !== pairs.length)
      throw new Error(`${pairs.length} suites were to end, not ${verdicts.length}:\n${said.join('\n')}`);
    return { callsOfEach, verdicts };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs one suite to its end, and gives what it said. Whether it held is in its verdicts. */
function runSuite(suite: readonly string[], verdicts: string): Promise<string> {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...suite], {
    cwd: root,
    env: {
      ...process.env,
      CASTELLAN_FUZZ_CALLS: String(callsOfEach),
      CASTELLAN_FUZZ_VERDICTS: verdicts,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-20_000);
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(said));
  });
}
