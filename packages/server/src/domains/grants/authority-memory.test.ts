import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { after, type Clock } from '../../platform/clock.ts';
import { createDatabase } from '../../platform/database/transaction.ts';
import { type AuthorityMemory, createAuthorityMemory } from './authority-memory.ts';
import { askAuthority, type Question } from './authority-query.ts';
import { sweepChanges } from './sweep-changes.ts';

/** What is remembered is never told after it was changed (ARCHITECTURE.md, fresh by construction; P17, S7). */

const id = (number: number): string => `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const [ada, bob, hall, annex, orders, stock, key, app, other, secret] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
  id,
);
const [session, allowed, console_] = [11, 12, 13].map(id);

const world = `
INSERT INTO users (id, email, name, state, created_at, updated_at) VALUES
  ('${ada}', 'ada@house.example', 'Ada', 'active', now(), now()), ('${bob}', 'bob@house.example', 'Bob', 'active', now(), now());
INSERT INTO workspaces (id, slug, name, created_at, updated_at) VALUES
  ('${hall}', 'hall', 'Hall', now(), now()), ('${annex}', 'annex', 'Annex', now(), now());
INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ('${hall}', '${ada}', 'editor', now());
INSERT INTO services (id, name, created_at) VALUES ('${orders}', 'orders', now()), ('${stock}', 'stock', now());
INSERT INTO service_keys (id, service_id, digest, prefix, created_at) VALUES ('${key}', '${orders}', 'key', 'sk_', now());
INSERT INTO clients (id, client_id, service_id, name, origin, application_type, grant_types, token_endpoint_auth_method, jwks, allowed_scopes, created_at, updated_at) VALUES
  ('${app}', 'app', '${orders}', 'App', 'registered', 'web', '{authorization_code}', 'private_key_jwt', '{"keys": []}', '{openid}', now(), now()),
  ('${other}', 'other', '${stock}', 'Other', 'registered', 'web', '{authorization_code}', 'none', NULL, '{openid}', now(), now());
INSERT INTO client_secrets (id, client_id, digest, prefix, created_at) VALUES ('${secret}', '${app}', 'secret', 'cs_', now());
INSERT INTO grants (id, kind, user_id, service_id, client_id, scopes, parent_grant_id, amr, auth_time, created_at, last_used_at, idle_expires_at, expires_at) VALUES
  ('${session}', 'browser_session', '${ada}', NULL, NULL, NULL, NULL, '{pwd}', now(), now(), now(), now() + interval '1 day', now() + interval '1 day'),
  ('${allowed}', 'oauth', '${ada}', '${orders}', '${app}', '{openid}', '${session}', NULL, NULL, now(), now(), now() + interval '1 day', now() + interval '1 day'),
  ('${console_}', 'admin_session', '${bob}', NULL, NULL, NULL, NULL, NULL, NULL, now(), now(), now() + interval '1 day', now() + interval '1 day');
INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ('${bob}', '${orders}', 'admin', now(), now());`;

const about = (token: Partial<NonNullable<Question['token']>>): Question['token'] => ({
  grantId: null,
  workspaceId: null,
  jti: null,
  operator: false,
  rare: null,
  ...token,
});
/** A service about a token of Ada's, a client about itself, and Bob's console. */
const questions: readonly Question[] = [
  {
    caller: { keyDigest: Buffer.from('key'), clientId: null, secretDigest: null },
    token: about({ grantId: allowed!, workspaceId: hall!, jti: 'ticket' }),
  },
  { caller: { keyDigest: null, clientId: 'app', secretDigest: Buffer.from('secret') }, token: null },
  { caller: null, token: about({ grantId: console_!, operator: true }) },
];

let database: TestDatabase;
let memory: AuthorityMemory;
let now: Date;
const clock: Clock = { now: () => now };

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await change(
    `DELETE FROM users; DELETE FROM workspaces; DELETE FROM services; DELETE FROM revoked_tokens; ${world}`,
  );
  now = new Date();
  memory = createAuthorityMemory(database.pool, clock);
  await isRemembered();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => database.drop());

/** What is told of the three questions. */
const ask = () => Promise.all(questions.map((question) => memory.ask(question)));
const change = (sql: string) => database.pool.query(sql);
/** As a backup does that is loaded without its triggers. */
const changePastEverybody = (sql: string) =>
  change(`BEGIN; ${sql}; DELETE FROM authority_changes WHERE xid = pg_current_xact_id(); COMMIT`);

const callerColumns =
  'key_id service_id service_name resource_uri client client_id auth_method grant_types origin allowed_scopes jwks jwks_uri access_token_algorithm secret_id';
const tokenColumns =
  'grant_id kind expires_at ended scopes grant_service client_service user_id email name state is_admin workspace_id slug role revoked operator_grants';
const pick = (row: object | undefined, columns: string) =>
  row &&
  Object.fromEntries(
    columns.split(' ').map((name) => [name, (row as Record<string, unknown>)[name] ?? null]),
  );

/** What is told, in the same words by who remembers and by who does not. */
async function told(answers: Promise<Awaited<ReturnType<typeof ask>>>): Promise<unknown> {
  return (await answers).map(({ caller, token }, index) => ({
    caller: questions[index]!.caller && pick(caller, callerColumns),
    token: questions[index]!.token && pick(token, tokenColumns),
  }));
}
const read = () =>
  told(
    Promise.all(questions.map(async (question) => (await askAuthority(database.pool, [question], now))[0]!)),
  );

/** Runs some work and names the statements that the pool was given meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(database.pool, 'query');
  await work();
  const names = query.mock.calls.map(([statement]) => (statement as unknown as { name: string }).name);
  query.mockRestore();
  return names;
}

/** Asks until all of it is: the watch begins beside the first questions. */
const isRemembered = () =>
  vi.waitUntil(async () => (await statementsOf(ask)).join() === 'authority changes', {
    interval: 1,
    timeout: 30_000,
  });

/** What nobody is told by these answers: a change of it is no reason to read again. */
const untold: Readonly<Record<string, string>> = {
  users:
    'name_key admin_demoted_at email_verified_at email_verified_by password_hash password_set_at has_signed_in created_at updated_at search_words second_factors language',
  operator_grants: 'granted_by created_at updated_at',
  members: 'created_at',
  workspaces: 'name name_key description created_at updated_at search_words',
  grants:
    'workspace_id created_at last_used_at ended_reason address user_agent amr auth_time signed_in_at sign_in_method',
  revoked_tokens: 'expires_at',
  clients:
    'name name_key application_type redirect_uris post_logout_redirect_uris id_token_signed_response_alg backchannel_logout_uri client_uri logo_uri accent_color skips_consent created_at updated_at document_expires_at',
  client_secrets: 'prefix created_at last_used_at',
  service_keys: 'prefix created_at last_used_at',
  services: 'description origins admin_url created_at scopes',
};
/** Foreign keys hold these: nobody can change them. */
const held = ['users.id', 'workspaces.id', 'services.id', 'clients.id', 'grants.id'];

const changes: readonly string[] = [
  `UPDATE users SET email = 'ada@elsewhere.example' WHERE id = '${ada}'`,
  `UPDATE users SET name = 'Countess' WHERE id = '${ada}'`,
  `UPDATE users SET state = 'deactivated' WHERE id = '${ada}'`,
  `UPDATE users SET is_admin = true WHERE id = '${bob}'`,
  `DELETE FROM users WHERE id = '${ada}'`,
  `UPDATE operator_grants SET role = 'support' WHERE user_id = '${bob}'`,
  `UPDATE operator_grants SET service_id = '${stock}' WHERE user_id = '${bob}'`,
  `UPDATE operator_grants SET user_id = '${ada}' WHERE user_id = '${bob}'`,
  `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ('${bob}', '${stock}', 'admin', now(), now())`,
  `DELETE FROM operator_grants`,
  `TRUNCATE operator_grants`,
  `UPDATE members SET role = 'viewer'`,
  `UPDATE members SET user_id = '${bob}'`,
  `UPDATE members SET workspace_id = '${annex}'`,
  `DELETE FROM members`,
  `UPDATE workspaces SET slug = 'aula' WHERE id = '${hall}'`,
  `DELETE FROM workspaces WHERE id = '${hall}'`,
  `UPDATE services SET name = 'purchases' WHERE id = '${orders}'`,
  `UPDATE services SET resource_uri = 'https://orders.example' WHERE id = '${orders}'`,
  `DELETE FROM services WHERE id = '${orders}'`,
  `UPDATE service_keys SET id = '${id(99)}'`,
  `UPDATE service_keys SET service_id = '${stock}'`,
  `UPDATE service_keys SET digest = 'other'`,
  `UPDATE service_keys SET revoked_at = now()`,
  `DELETE FROM service_keys`,
  `UPDATE clients SET client_id = 'application' WHERE id = '${app}'`,
  `UPDATE clients SET service_id = '${stock}' WHERE id = '${app}'`,
  `UPDATE clients SET origin = 'dynamic' WHERE id = '${app}'`,
  `UPDATE clients SET grant_types = '{client_credentials}' WHERE id = '${app}'`,
  `UPDATE clients SET token_endpoint_auth_method = 'client_secret_post' WHERE id = '${app}'`,
  `UPDATE clients SET jwks = '{"keys": [{}]}' WHERE id = '${app}'`,
  `UPDATE clients SET jwks = NULL, jwks_uri = 'https://app.example/keys' WHERE id = '${app}'`,
  `UPDATE clients SET access_token_signed_response_alg = 'ES256' WHERE id = '${app}'`,
  `UPDATE clients SET allowed_scopes = '{openid,email}' WHERE id = '${app}'`,
  `UPDATE clients SET ended_at = now() WHERE id = '${app}'`,
  `DELETE FROM clients WHERE id = '${app}'`,
  `UPDATE client_secrets SET id = '${id(99)}'`,
  `UPDATE client_secrets SET client_id = '${other}'`,
  `UPDATE client_secrets SET digest = 'other'`,
  `UPDATE client_secrets SET expires_at = now() - interval '1 second'`,
  `DELETE FROM client_secrets`,
  `UPDATE grants SET kind = 'session', client_id = NULL, scopes = NULL WHERE id = '${allowed}'`,
  `UPDATE grants SET user_id = '${bob}' WHERE id = '${allowed}'`,
  `UPDATE grants SET service_id = '${stock}' WHERE id = '${allowed}'`,
  `UPDATE grants SET client_id = '${other}' WHERE id = '${allowed}'`,
  `UPDATE grants SET scopes = '{openid,email}' WHERE id = '${allowed}'`,
  `UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE id = '${allowed}'`,
  `UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE id = '${session}'`,
  `UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE id = '${console_}'`,
  `UPDATE grants SET expires_at = now() + interval '1 hour' WHERE id = '${allowed}'`,
  `UPDATE grants SET idle_expires_at = now() + interval '1 hour' WHERE id = '${allowed}'`,
  `DELETE FROM grants WHERE id = '${allowed}'`,
  `INSERT INTO revoked_tokens (jti, expires_at) VALUES ('ticket', now() + interval '1 hour')`,
];

it('is asked about again by one small query that reads none of it', async () => {
  expect(await statementsOf(ask)).toEqual(['authority changes']);
  // What is not told changes nothing.
  await change(`UPDATE users SET updated_at = now(), password_hash = 'x'; UPDATE grants SET last_used_at = now();
    UPDATE service_keys SET last_used_at = now(); UPDATE client_secrets SET last_used_at = now()`);
  expect(await statementsOf(ask)).toEqual(['authority changes']);
});

describe('tells what is true', () => {
  it.each(changes)('after %s', async (sql) => {
    const before = await told(ask());
    expect(before).toEqual(await read());
    await change(sql);
    const since = await told(ask());
    expect(since).toEqual(await read());
    expect(since).not.toEqual(before);
  });

  it('where a token that was revoked becomes another', async () => {
    await change(
      `INSERT INTO revoked_tokens (jti, expires_at) VALUES ('elsewhere', now() + interval '1 hour')`,
    );
    const before = await told(ask());
    await change(`UPDATE revoked_tokens SET jti = 'ticket'`);
    expect(await told(ask())).toEqual(await read());
    expect(await told(ask())).not.toEqual(before);
  });

  it('where only the parent of a grant became another, that has ended', async () => {
    await change(`UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE id = '${console_}'`);
    await told(ask());
    const before = await told(ask());
    await change(`UPDATE grants SET parent_grant_id = '${console_}' WHERE id = '${allowed}'`);
    expect(await told(ask())).toEqual(await read());
    expect(await told(ask())).not.toEqual(before);
  });

  it('for each column of the tables that are read', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY ($1)`,
      [Object.keys(untold)],
    );
    const tried = new Set(
      changes.flatMap((sql) => {
        const [, table, list] = /^UPDATE (\w+) SET (.*?)(?: WHERE |$)/.exec(sql) ?? [];
        return (list ?? '').match(/\b\w+(?= = )/g)?.map((column) => `${table}.${column}`) ?? [];
      }),
    );
    const known = [...tried, 'grants.parent_grant_id', 'revoked_tokens.jti', ...held].concat(
      Object.entries(untold).flatMap(([table, columns]) =>
        columns.split(' ').map((column) => `${table}.${column}`),
      ),
    );
    // A column that was added: either a change of it is told of, and tried above, or nobody is told what it says.
    expect(new Set(known)).toEqual(new Set(rows.map(({ name }) => name)));
  });

  it('when a transaction that began before others is committed after them', async () => {
    const early = await database.pool.connect();
    await early.query('BEGIN');
    await early.query(`UPDATE users SET state = 'deactivated' WHERE id = '${ada}'`);
    await change(`UPDATE users SET name = 'Robert' WHERE id = '${bob}'`);
    expect(await told(ask())).toEqual(await read());
    await change(`UPDATE users SET name = 'Bobby' WHERE id = '${bob}'`);
    expect(await told(ask())).toEqual(await read());
    expect((await ask())[0]!.token?.state).toBe('active');
    await early.query('COMMIT');
    early.release();
    expect((await ask())[0]!.token?.state).toBe('deactivated');
  });

  it('when part of a transaction was taken back, and when all of it was', async () => {
    await change(`BEGIN; UPDATE users SET name = 'Countess' WHERE id = '${ada}'; SAVEPOINT s;
      UPDATE users SET name = 'Duchess' WHERE id = '${ada}'; ROLLBACK TO s; COMMIT`);
    expect((await ask())[0]!.token?.name).toBe('Countess');
    await change(`BEGIN; UPDATE users SET name = 'Duchess' WHERE id = '${ada}'; ROLLBACK`);
    expect(await statementsOf(ask)).toEqual(['authority changes']);
    expect((await ask())[0]!.token?.name).toBe('Countess');
  });

  it('also when a replication applies the change, for which ordinary triggers do not run', async () => {
    const { rows } = await database.pool.query<{ always: boolean }>(
      `SELECT tgenabled = 'A' AS always FROM pg_trigger WHERE tgname LIKE '%tell_authority%'`,
    );
    expect(rows.length).toBeGreaterThan(Object.keys(untold).length);
    expect(rows.every(({ always }) => always)).toBe(true);
  });

  it('also where the session has no search path, or a table of its own of that name', async () => {
    await change(
      `BEGIN; SET LOCAL search_path = ''; UPDATE public.users SET name = 'Countess' WHERE id = '${ada}'; COMMIT`,
    );
    expect((await ask())[0]!.token?.name).toBe('Countess');
    await change(`BEGIN; CREATE TEMP TABLE authority_changes (subject text) ON COMMIT DROP;
      UPDATE users SET name = 'Duchess' WHERE id = '${ada}'; COMMIT`);
    expect((await ask())[0]!.token?.name).toBe('Duchess');
  });

  it('when so much changed at once that nobody is named any more', async () => {
    await change(`INSERT INTO users (id, email, name, state, created_at, updated_at)
      SELECT gen_random_uuid(), n || '@many.example', 'x', 'active', now(), now() FROM generate_series(1, 10100) n`);
    await isRemembered();
    await change(`UPDATE users SET name = 'y'`);
    expect((await ask())[0]!.token?.name).toBe('y');
  });

  it('when it was made by a transaction that began hours ago, which a sweep must not remove before it is seen', async () => {
    const db = createDatabase(database.pool, clock);
    const hoursOld = `UPDATE authority_changes SET changed_at = now() - interval '2 hours'`;
    let over = await sweepChanges(db, undefined);
    await change(`BEGIN; UPDATE users SET state = 'deactivated' WHERE id = '${ada}'; ${hoursOld}; COMMIT`);
    over = await sweepChanges(db, over);
    expect((await ask())[0]!.token?.state).toBe('deactivated');
    await sweepChanges(db, over);
    const { rows } = await database.pool.query('SELECT FROM authority_changes');
    expect(rows).toHaveLength(0);
  });

  it.each([
    ['another server answers, or one that recovered from a crash', { server: 'another' }],
    ['this server slept longer than changes are kept', { at: Date.now() / 1000 + 24 * 3600 }],
  ])('when %s', async (_, looked) => {
    await changePastEverybody(`UPDATE users SET state = 'deactivated'`);
    const query = database.pool.query.bind(database.pool) as (...given: unknown[]) => Promise<pg.QueryResult>;
    vi.spyOn(database.pool, 'query').mockImplementation((async (...given: unknown[]) => {
      const result = await query(...given);
      if ((given[0] as { name?: string }).name === 'authority changes') Object.assign(result.rows[0], looked);
      return result;
    }) as never);
    expect((await ask())[0]!.token?.state).toBe('deactivated');
  });

  it('to each of many who ask, while it changes again and again', async () => {
    let [done, wrong] = [false, 0];
    let committed = 0;
    const askers = Array.from({ length: 16 }, async () => {
      while (!done) {
        const atLeast = committed;
        const name = (await ask())[0]!.token!.name;
        if (Number(name.slice(4) || 0) < atLeast) wrong++;
      }
    });
    for (let round = 1; round <= 500; round++) {
      await change(`UPDATE users SET name = 'Ada ${round}' WHERE id = '${ada}'`);
      committed = round;
    }
    done = true;
    await Promise.all(askers);
    expect(wrong).toBe(0);
    expect((await ask())[0]!.token!.name).toBe('Ada 500');
  });

  it('when time ends it, and when it was given more time', async () => {
    await change(`UPDATE client_secrets SET expires_at = now() + interval '1 hour'`);
    await ask();
    await ask();
    await change(
      `UPDATE grants SET expires_at = now() + interval '2 days', idle_expires_at = now() + interval '2 days' WHERE id = '${allowed}'`,
    );
    now = after(now, 25 * 3600);
    const [token, client] = await ask();
    expect(token!.token?.expires_at.getTime()).toBeGreaterThan(now.getTime());
    expect(client!.caller?.secret_id).toBeNull();
  });

  it('after the database was gone, whatever was changed past everybody meanwhile', async () => {
    await database.cut();
    await expect(ask()).rejects.toThrow();
    await database.mend();
    await changePastEverybody(`UPDATE users SET state = 'deactivated'`);
    expect((await ask())[0]!.token?.state).toBe('deactivated');
    await isRemembered();
  });

  it('after a minute also where it was changed past everybody', async () => {
    await changePastEverybody(`UPDATE users SET state = 'deactivated'`);
    expect((await ask())[0]!.token?.state).toBe('active');
    const then = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(then + 60_001);
    expect((await ask())[0]!.token?.state).toBe('deactivated');
  });
});

it('does not remember what was not found, refused, or stands behind an impersonation', async () => {
  const unknown: Question[] = [
    { caller: { keyDigest: Buffer.from('guess'), clientId: null, secretDigest: null }, token: null },
    { caller: { keyDigest: null, clientId: 'app', secretDigest: Buffer.from('guess') }, token: null },
    { caller: null, token: about({ grantId: id(98) }) },
    { caller: null, token: about({ grantId: allowed!, workspaceId: annex! }) },
    { caller: null, token: about({ grantId: console_!, operator: false }) },
  ];
  for (const question of unknown) {
    // Also where it travels with others, whose statement tells more.
    await Promise.all([memory.ask(question), memory.ask({ ...questions[2]!, caller: questions[0]!.caller })]);
    expect(await statementsOf(() => memory.ask(question))).not.toContain('authority changes');
  }
});

it('makes room for others, and answers all the same', async () => {
  const many = Array.from({ length: 12_000 }, (_, index) => ({
    caller: null,
    token: about({ grantId: console_!, operator: true, jti: `t${index}` }),
  }));
  await Promise.all(many.map((question) => memory.ask(question)));
  expect(await statementsOf(() => memory.ask(many.at(-1)!))).toEqual(['authority changes']);
  expect(await statementsOf(() => memory.ask(many[0]!))).toEqual(['authority of operators']);
});
