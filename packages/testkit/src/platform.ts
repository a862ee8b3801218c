import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  type ErrorCode,
  pathOf,
  type RouteBody,
  type RouteDefinition,
  type RouteParams,
  type RouteQuery,
  type RouteResult,
} from '@castellan/contract';
import {
  type Clock,
  createPlatform,
  type Platform,
  readSettings,
  registerService,
  type Settings,
  systemOrigin,
} from '@castellan/server';
import { hash } from '@node-rs/argon2';
import pino from 'pino';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  /** Moves time forward by `seconds`. */
  pass(seconds: number): void;
}

function createTestClock(): TestClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    pass: (seconds) => {
      offsetMs += seconds * 1000;
    },
  };
}

interface CallOptions<R extends RouteDefinition> {
  readonly params?: RouteParams<R>;
  readonly query?: Partial<RouteQuery<R>>;
  readonly body?: RouteBody<R>;
  /** Sent instead of an encoded `body`. */
  readonly rawBody?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly remoteAddress?: string;
}

/** One answer, read by the contract. */
export interface TestAnswer<R extends RouteDefinition> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly text: string;
  /** The decoded body of a success. @throws when the call was refused */
  readonly result: RouteResult<R>;
  /** The error code of a refusal, or `undefined`. */
  readonly code: ErrorCode | undefined;
  /** The fields that a refusal names. */
  readonly fields: readonly string[];
}

/** Somebody who calls the platform by its contract. */
export interface TestCaller {
  call<R extends RouteDefinition>(route: R, options?: CallOptions<R>): Promise<TestAnswer<R>>;
}

/** An account that can sign in, with the password that it was given. */
export interface TestPerson {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

/** A statement as it was handed to the database. */
export interface SentQuery {
  /** Of a prepared statement. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A platform of one test file, with ways to ask it and to look behind it. */
export interface TestPlatform {
  readonly platform: Platform;
  /** The database under it, to take away and give back. */
  readonly testDatabase: Pick<TestDatabase, 'cut' | 'mend' | 'url'>;
  readonly settings: Settings;
  readonly clock: TestClock;
  /** Runs SQL on the platform's database. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** What `work` asks of the database outside transactions; not what the platform asks meanwhile in the background. */
  queriesOf(work: () => Promise<unknown>): Promise<readonly SentQuery[]>;
  /** A caller with the given headers, at the right listener, as a browser on that listener's own pages. */
  caller(headers?: Readonly<Record<string, string>>): TestCaller;
  /** An account that can sign in. */
  person(facts?: {
    readonly name?: string;
    readonly email?: string;
    readonly isAdmin?: boolean;
  }): Promise<TestPerson>;
  /** Signs an administrator in, over HTTP. */
  administrator(): Promise<TestCaller & { readonly person: TestPerson; readonly cookie: string }>;
  /** A workspace, with members by role. */
  workspace(facts?: {
    readonly name?: string;
    readonly members?: readonly (readonly [TestPerson, string])[];
  }): Promise<{ readonly id: string; readonly slug: string; readonly name: string }>;
  /** Registers a service and gives its key. */
  service(name: string, origins?: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/**
 * Every test person has this password. Its hash is made once and is cheap to check, which a hash decides for itself;
 * whatever the platform hashes costs what it costs in production.
 */
const testPassword = 'a long enough passphrase';
const testPasswordHash = hash(testPassword, { memoryCost: 1024, timeCost: 1, parallelism: 1 });

function encodeQuery(route: RouteDefinition, query: unknown): string {
  if (!route.query || query === undefined) return '';
  const encoded = z.encode(route.query, query) as Record<string, unknown>;
  const text = new URLSearchParams(
    Object.entries(encoded).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * A whole platform on a database of its own, called without a socket.
 *
 * @example
 * const house = await createTestPlatform();
 * const admin = await house.administrator();
 * const answer = await admin.call(usersList, { query: { search: 'ada' } });
 */
export async function createTestPlatform(
  options: {
    readonly settings?: Readonly<Record<string, string>>;
    readonly consoleDirectory?: string;
    /** The built scripts of the account pages. */
    readonly accountDirectory?: string;
    /** Gets every log line, at the lowest level. */
    readonly onLog?: (line: string) => void;
  } = {},
): Promise<TestPlatform> {
  const database = await createTestDatabase();
  const clock = createTestClock();
  const settings = readSettings({
    PUBLIC_URL: 'http://localhost:9003',
    ADMIN_URL: 'http://localhost:9004',
    KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
    COOKIE_SECURE: 'false',
    ...options.settings,
  });
  const platform = await createPlatform({
    settings,
    // Those who wait for a connection of the pool wait for the cores as well, which other suites have.
    connection: { ...database.connection, connectionTimeoutMillis: 25_000 },
    log: options.onLog
      ? pino({ level: 'trace' }, { write: options.onLog })
      : pino({ level: process.env.CASTELLAN_TEST_LOG ?? 'silent' }),
    clock,
    processMetrics: false,
    consoleDirectory: options.consoleDirectory,
    accountDirectory: options.accountDirectory,
  });

  const caller = (headers: Readonly<Record<string, string>> = {}): TestCaller => ({
    async call(route, callOptions = {}) {
      const app = route.listener === 'public' ? platform.publicListener : platform.adminListener;
      const payload =
        callOptions.rawBody ??
        (callOptions.body === undefined || !route.body
          ? undefined
          : JSON.stringify(z.encode(route.body, callOptions.body)));
      const response = await app.inject({
        method: route.method,
        url:
          pathOf(route, callOptions.params as Record<string, string> | undefined) +
          encodeQuery(route, callOptions.query),
        headers: {
          ...(payload === undefined
            ? {}
            : { 'content-type': route.takes === 'csv' ? 'text/csv' : 'application/json' }),
          ...(route.listener === 'admin' && route.method !== 'GET'
            ? { origin: settings.ADMIN_URL, 'x-requested-with': 'castellan', 'sec-fetch-site': 'same-origin' }
            : {}),
          ...headers,
          ...callOptions.headers,
        },
        ...(payload === undefined ? {} : { payload }),
        ...(callOptions.remoteAddress ? { remoteAddress: callOptions.remoteAddress } : {}),
      });
      const success = response.statusCode < 400;
      const problem =
        success || !response.headers['content-type']?.toString().includes('json')
          ? undefined
          : response.json();
      return {
        status: response.statusCode,
        headers: response.headers,
        text: response.body,
        get result() {
          if (!success)
            throw new Error(`${route.id} was refused with ${response.statusCode}: ${response.body}`);
          const schema = route.success[1];
          return (schema ? z.decode(schema, response.json()) : undefined) as RouteResult<typeof route>;
        },
        code: problem?.code,
        fields: (problem?.errors ?? []).map((error: { field: string }) => error.field),
      };
    },
  });

  const house: TestPlatform = {
    platform,
    testDatabase: database,
    settings,
    clock,
    caller,
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      return (await platform.database.pool.query<Row & Record<string, unknown>>(text, [...values]))
        .rows as Row[];
    },
    async queriesOf(work) {
      const { pool } = platform.database;
      const original = pool.query;
      const asked = new AsyncLocalStorage<true>();
      const sent: SentQuery[] = [];
      pool.query = function (this: typeof pool, ...parameters: unknown[]) {
        const [first, values] = parameters as [string | SentQuery, (readonly unknown[])?];
        const query = typeof first === 'string' ? { text: first, values: [] } : first;
        if (asked.getStore()) sent.push({ ...query, values: values ?? query.values ?? [] });
        return Reflect.apply(original, this, parameters);
      } as typeof pool.query;
      try {
        await asked.run(true, work);
      } finally {
        pool.query = original;
      }
      return sent;
    },
    async person(facts = {}) {
      const name = facts.name ?? 'Test Person';
      const email = facts.email ?? `${randomUUID()}@example.com`;
      const [row] = await house.query<{ id: string }>(
        `INSERT INTO users (id, email, name, state, is_admin, password_hash, password_set_at, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $2, 'active', $3, $4, now(), now(), now()) RETURNING id`,
        [email, name, facts.isAdmin ?? false, await testPasswordHash],
      );
      return { id: row!.id, email, name, password: testPassword };
    },
    async administrator() {
      const person = await house.person({ name: 'Ada Admin', isAdmin: true });
      const { adminLogin } = await import('@castellan/contract');
      const answer = await caller().call(adminLogin, {
        body: { email: person.email, password: person.password },
      });
      if (answer.status !== 200) throw new Error(`The administrator could not sign in: ${answer.text}`);
      const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
      return { ...caller({ cookie }), person, cookie };
    },
    async workspace(facts = {}) {
      const slug = `w-${randomUUID().slice(0, 8)}`;
      const name = facts.name ?? `Workspace ${slug}`;
      const [row] = await house.query<{ id: string }>(
        `INSERT INTO workspaces (id, slug, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now()) RETURNING id`,
        [slug, name],
      );
      for (const [person, role] of facts.members ?? [])
        await house.query(
          `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, now())`,
          [row!.id, person.id, role],
        );
      return { id: row!.id, slug, name };
    },
    async service(name, origins = []) {
      const { key } = await platform.database.write(systemOrigin, (tx) =>
        registerService(tx, { name, origins }),
      );
      return key;
    },
    async close() {
      await platform.close();
      await database.drop();
    },
  };
  return house;
}
