import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ContractReport, criteria } from '@castellan/admin/contract';
import { freePort } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The command as a process of its own, as a pipeline runs it, against a product that believes every token. */
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder: string;
let server: Server;
let url: string;

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
  server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: request.url?.endsWith('/schema') ? document : rows }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=castellan-source', main, 'contract', ...args], {
    timeout: 30_000,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

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
    ['--url http://127.0.0.1:59123 --service notes --issuer http://127.0.0.1:0 --read-only', 'ECONNREFUSED'],
  ])('ends with 2 and says what is missing: %s', async (args, message) => {
    const answer = await run(...args.split(' '));
    expect(answer.stderr).toContain(message);
    expect(answer.code).toBe(2);
  });
});
