import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate, silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import { hash } from '@node-rs/argon2';
import pg from 'pg';
import {
  choosePlacement,
  databasePriority,
  givePrecedence,
  moveSelf,
  type Placement,
} from './machine/placement.ts';
import { treeMegabytes, treeOf } from './machine/processor-time.ts';
import {
  commandNodeArgs,
  commandPath,
  plainEnvironment,
  type ServerProcess,
  serverScript,
  startServer,
} from './machine/server-process.ts';

/** A database with what the workloads need in it, and the way to start servers on it. */
export interface House {
  readonly placement: Placement;
  readonly pool: pg.Pool;
  /** The process of PostgreSQL's postmaster. */
  readonly databasePid: number;
  readonly databaseVersion: string;
  /** What the names of results end with when the database is not the embedded one. */
  readonly resultSuffix: string;
  /** The key of the registered service `bench`. */
  readonly serviceKey: string;
  readonly people: readonly { readonly email: string; readonly password: string }[];
  readonly passwordHash: string;
  readonly administrator: { readonly email: string; readonly password: string };
  databaseMegabytes(): number | null;
  /** `castellan-server serve` on this database. */
  serve(environment?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  /** The script `platform` on this database, given what the command is given. */
  platform(args?: readonly string[], environment?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  /** A script of `servers` on this database. */
  run(
    script: string,
    args?: readonly string[],
    environment?: Readonly<Record<string, string>>,
    /** What Node itself is given; what this process was given when left out. */
    nodeArgs?: readonly string[],
  ): Promise<ServerProcess>;
  close(): Promise<void>;
}

const password = 'measured again and again';
const peopleCount = 128;

interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** The embedded server, in a temporary directory. */
async function openEmbedded(): Promise<OpenDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-bench-'));
  const database = await startEmbeddedDatabase({ directory, log: silentLog });
  return {
    url: database.url,
    async close() {
      await database.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A database of its own on a server that is there. */
async function openOnServer(serverUrl: string): Promise<OpenDatabase> {
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  const name = `castellan_bench_${randomBytes(6).toString('hex')}`;
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async close() {
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}

/**
 * Makes a fresh database: embedded, or on the server of this machine that `BENCH_DATABASE_URL` names.
 * @param pinned whether the server has a core of its own; else everything goes where the kernel puts it
 */
export async function openHouse({ pinned = true } = {}): Promise<House> {
  const placement = choosePlacement(pinned);
  moveSelf(placement.others);
  const serverUrl = process.env.BENCH_DATABASE_URL;
  const database = serverUrl ? await openOnServer(serverUrl) : await openEmbedded();
  const databaseUrl = database.url;
  await migrate({ database: { connectionString: databaseUrl }, log: silentLog });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const settings = {
    DATABASE_URL: databaseUrl,
    KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
  };
  const databasePid = await parentOfBackend(pool);
  // New backends come with every connection.
  const favour = setInterval(() => givePrecedence(treeOf(databasePid), databasePriority), 200);
  const { rows } = await pool.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const people = await addPeople(pool, passwordHash);
  const serviceKey = await registerService(settings);

  const run: House['run'] = (script, args = [], environment = {}, nodeArgs = process.execArgv) =>
    startServer({
      cores: placement.server,
      nodeArgs,
      args: [script, ...args],
      environment: { ...settings, ...environment },
    });

  return {
    placement,
    pool,
    databasePid,
    databaseVersion: rows[0]!.version,
    resultSuffix: serverUrl ? `.postgresql-${Number.parseInt(rows[0]!.version, 10)}` : '',
    serviceKey,
    people,
    passwordHash,
    administrator: { email: 'administrator@bench.example', password },
    databaseMegabytes: () => treeMegabytes(databasePid),
    serve: (environment = {}) =>
      startServer({
        cores: placement.server,
        nodeArgs: [...process.execArgv, ...commandNodeArgs],
        args: [commandPath(), 'serve'],
        environment: { MALLOC_ARENA_MAX: '2', ...settings, ...environment },
      }),
    platform: (args = [], environment = {}) =>
      run(serverScript('platform'), args, { MALLOC_ARENA_MAX: '2', ...environment }, [
        ...process.execArgv,
        ...commandNodeArgs,
      ]),
    run,
    async close() {
      clearInterval(favour);
      await pool.end();
      await database.close();
    },
  };
}

/** Every backend is a child of the postmaster. */
async function parentOfBackend(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${rows[0]!.pid}/status`, 'latin1'))![1]);
}

async function addPeople(pool: pg.Pool, passwordHash: string): Promise<House['people']> {
  const people = Array.from({ length: peopleCount }, (_, index) => ({
    email: `person-${index}@bench.example`,
    password,
  }));
  const emails = [...people.map(({ email }) => email), 'administrator@bench.example'];
  await pool.query(
    `INSERT INTO users (id, email, name, state, is_admin, password_hash, password_set_at, email_verified_at, created_at, updated_at)
     SELECT id, email, 'Bench Person', 'active', email LIKE 'administrator@%', $3, now(), now(), now(), now()
     FROM unnest($1::uuid[], $2::text[]) AS person (id, email)`,
    [emails.map(() => randomUUID()), emails, passwordHash],
  );
  const workspace = randomUUID();
  await pool.query(
    `INSERT INTO workspaces (id, slug, name, created_at, updated_at) VALUES ($1, 'bench', 'Bench', now(), now())`,
    [workspace],
  );
  await pool.query(
    `INSERT INTO members (workspace_id, user_id, role, created_at) SELECT $1, id, 'editor', now() FROM users`,
    [workspace],
  );
  await pool.query('ANALYZE');
  return people;
}

/** Through the command, as an operator would. */
async function registerService(settings: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, commandPath(), 'services', 'add', 'bench'],
    { env: { ...plainEnvironment(), ...settings } },
  );
  const key = /sk_[\w-]+/.exec(stdout)?.[0];
  if (!key) throw new Error(`No service key was printed: ${stdout}`);
  return key;
}
