import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { adminMachineAuth, autoAdmin, configureAdminAuth, resetAdminForTests } from '@castellan/admin';
import { type ContractReport, criteria } from '@castellan/admin/contract';
import { IntentRouter } from '@castellan/intents';
import { toExpress } from '@castellan/intents/express';
import { freePort } from '@castellan/testkit';
import { integer, pgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The command as a process of its own, as a pipeline runs it, against a product that believes every token. */
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder: string;
const servers: Server[] = [];
let url: string;
/** A product that adopts the library, and the issuer it was set up with; its database is never asked. */
let shopUrl: string;
let shopIssuer: string;

const usual = { min_role: 'support', needs_approval: false };
const model = {
  name: 'Note',
  label: 'Note',
  label_plural: 'Notes',
  key: ['id'],
  label_field: 'id',
  fields: [
    {
      name: 'id',
      label: 'id',
      type: 'integer',
      item_type: null,
      values: null,
      is_nullable: false,
      is_key: true,
      is_redacted: false,
      read_only: 'key',
      is_optional_on_create: true,
      max_length: null,
      operators: ['eq'],
      is_sortable: true,
      is_indexed: true,
      references: null,
    },
  ],
  list_fields: ['id'],
  search_fields: [],
  default_sort: { field: 'id', direction: 'desc' },
  actions: { list: usual, read: usual, create: null, update: null, delete: null },
  custom_actions: [],
  referenced_by: [],
};
const document = { version: 1, service: 'notes', revision: '1', models: [model], can_impersonate: false };
const rows = { items: [{ id: 3 }, { id: 2 }, { id: 1 }], next_cursor: null, previous_cursor: null };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'castellan-cli-'));
  url = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: request.url?.endsWith('/schema') ? document : rows }));
  });
  shopIssuer = `http://127.0.0.1:${await freePort()}`;
  const schema = { orders: pgTable('orders', { id: integer().primaryKey() }) };
  resetAdminForTests();
  configureAdminAuth({ issuer: shopIssuer, audience: 'shop', schema });
  const router = new IntentRouter();
  autoAdmin(router, { expose: ['orders'] });
  const getDb = (): never => expect.unreachable('no row is asked for');
  const handle = toExpress(router.buildAdminMachine({ getUser: adminMachineAuth(), getDb }));
  shopUrl = await serve((request, response) => void handle(request, response));
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=castellan-source', main, 'contract', ...args], {
    timeout: 30_000,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

/** Runs it where it can not begin: what it prints is what the report says. */
async function stopOf(product: string, service: string, issuer: string) {
  const json = join(folder, 'stopped.json');
  const answer = await run(
    ...['--url', product, '--service', service, '--issuer', issuer, '--read-only', '--json', json],
  );
  const report: ContractReport = JSON.parse(await readFile(json, 'utf8'));
  expect(report).toMatchObject({ url: product, service, issuer, judgements: [] });
  expect(answer.stderr).toBe(`${report.stopped?.reason}\n${report.stopped?.mend}\n`);
  expect(answer.stdout).toBe('');
  expect(answer.code).toBe(2);
  expect(report.milliseconds).toBeLessThan(20_000);
  return report.stopped!;
}

describe('castellan contract', () => {
  it('ends with 0 where nothing failed, and says what it did not judge', async () => {
    const port = ['--issuer-port', String(await freePort())];
    const answer = await run(
      '--url',
      url,
      '--service',
      'notes',
      ...port,
      '--read-only',
      '--only',
      'schema.names,write',
    );
    expect(answer.stdout).toContain('met         schema.names');
    expect(answer.stdout).toContain('not judged  write.update: it changes rows, and writes are not allowed');
    expect(answer.stdout).toMatch(/2 met, 0 failed, \d+ not judged/);
    expect(answer.stdout).toContain('What was not judged is not shown to hold.');
    expect(answer.code).toBe(0);
  });

  it('ends with 1 on a failure, names it with its fix, and writes the report as JSON', async () => {
    const json = join(folder, 'report.json');
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const answer = await run(
      '--url',
      url,
      '--service',
      'notes',
      '--issuer',
      issuer,
      '--read-only',
      '--only',
      'token',
      '--json',
      json,
    );
    expect(answer.code).toBe(1);
    expect(answer.stdout).toMatch(/FAILED {6}token\.signature: answered with 200[\s\S]*Verify the signature/);
    const report: ContractReport = JSON.parse(await readFile(json, 'utf8'));
    expect(report).toMatchObject({ url, service: 'notes', issuer });
    expect(report.failed).toBeGreaterThan(10);
    expect(report.judgements.find(({ name }) => name === 'token.audience')?.outcome).toBe('failed');
  });

  it('prints the criteria', async () => {
    const { stdout, code } = await run('--list');
    expect(stdout.trim().split('\n')).toHaveLength(criteria.length);
    expect(code).toBe(0);
  });

  it.each([
    ['--url http://127.0.0.1:9', 'Say which service the product is'],
    ['--service notes', 'Say where the product is'],
    ['--url http://127.0.0.1:9 --service notes --read-only', 'Say which issuer'],
    ['--url http://127.0.0.1:9 --service notes --issuer-port 1', 'Say either --allow-writes or --read-only'],
    [
      '--url http://127.0.0.1:9 --service notes --issuer-port 1 --read-only --only tokn',
      'There is no criterion or group tokn',
    ],
    [
      '--url http://127.0.0.1:9 --service notes --issuer-port 1 --read-only --values [1]',
      '--values is a JSON object',
    ],
    [
      '--url http://127.0.0.1:9 --service notes --issuer https://id.example.com --read-only',
      'on this machine',
    ],
  ])('ends with 2 and says what is missing: %s', async (args, message) => {
    const answer = await run(...args.split(' '));
    expect(answer.stderr).toContain(message);
    expect(answer.code).toBe(2);
  });

  it('ends with 2 at once, two lines and a report that say so, where the product trusts another issuer', async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const stopped = await stopOf(shopUrl, 'shop', issuer);
    expect(stopped.kind).toBe('issuer');
    expect(stopped.reason).toBe(
      `The product at ${shopUrl} trusts another issuer than the suite, which is ${issuer}.`,
    );
    expect(stopped.mend).toContain(`Set its issuer to ${issuer} `);
  });

  it('and where it takes tokens for another service', async () => {
    expect((await stopOf(shopUrl, 'store', shopIssuer)).kind).toBe('audience');
  });

  it('and where no admin surface is mounted, or another page answers', async () => {
    const bare = await serve((_, response) => response.writeHead(404).end());
    expect((await stopOf(bare, 'shop', shopIssuer)).kind).toBe('not_mounted');
    const pages = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title>'),
    );
    expect((await stopOf(pages, 'shop', shopIssuer)).kind).toBe('not_the_surface');
  });

  it('and where nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const stopped = await stopOf(url, 'shop', shopIssuer);
    expect(stopped.kind).toBe('unreachable');
    expect(stopped.reason).toBe(`The product does not answer at ${url} (ECONNREFUSED).`);
  });
});
