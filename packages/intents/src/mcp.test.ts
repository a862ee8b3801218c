import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { people, product } from '../test/product.ts';
import { toFastify } from './adapters/fastify.ts';
import { buildMcp } from './mcp.ts';

let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  const { router, db } = product();
  app = fastify({ forceCloseConnections: true });
  const surfaces = buildMcp(router, {
    name: 'todos',
    version: '1.0.0',
    instructions: 'Lists of things to do.',
    resource: 'https://todos.example/mcp',
    authorizationServers: ['https://id.example'],
    scopes: ['todos:write'],
    getUser: ({ request }) =>
      people[request.headers.get('authorization')?.slice('Bearer '.length) ?? ''] ?? null,
    getDb: () => db,
  });
  for (const surface of surfaces) await app.register(toFastify(surface));
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

async function connected<T>(work: (client: Client) => Promise<T>, token = 'bob'): Promise<T> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const textOf = (result: unknown): unknown =>
  JSON.parse((result as { content: readonly { text: string }[] }).content[0]!.text);

it('every action that people see is a tool, with the schema of its payload; admin actions are none', async () => {
  const { tools } = await connected((client) => client.listTools());
  expect(tools.map(({ name }) => name).sort()).toEqual([
    'Todo.complete',
    'Todo.create',
    'Todo.fail',
    'Todo.list',
    'Todo.read',
    'Todo.wrong',
  ]);
  const create = tools.find(({ name }) => name === 'Todo.create')!;
  expect(create.inputSchema).toMatchObject({
    required: ['payload'],
    properties: {
      payload: { type: 'object', required: ['title'], properties: { title: { maxLength: 80 } } },
    },
  });
  expect(create.annotations).toMatchObject({ readOnlyHint: false });
  expect(tools.find(({ name }) => name === 'Todo.list')!.annotations).toMatchObject({ readOnlyHint: true });
});

it('a tool is the intent: its result, its refusals, its silence about mistakes', async () => {
  await connected(async (client) => {
    const made = await client.callTool({
      name: 'Todo.create',
      arguments: { payload: { title: 'Ask an agent' } },
    });
    expect(textOf(made)).toMatchObject({ data: { id: 1, title: 'Ask an agent' } });
    const done = await client.callTool({ name: 'Todo.complete', arguments: { id: 1 } });
    expect(textOf(done)).toMatchObject({ data: { done: true } });
    const refused = await client.callTool({ name: 'Todo.create', arguments: { payload: { title: '' } } });
    expect([refused.isError, textOf(refused)]).toMatchObject([
      true,
      { error: { code: 'VALIDATION_FAILED', fields: [{ field: 'payload.title' }] } },
    ]);
    const failed = await client.callTool({ name: 'Todo.fail', arguments: {} });
    expect([failed.isError, textOf(failed)]).toMatchObject([true, { error: { code: 'INTERNAL' } }]);
    expect(JSON.stringify(failed)).not.toContain('hunter2');
    for (const name of ['Todo.purge', 'Todo.helper', 'Nothing.list'])
      expect(textOf(await client.callTool({ name, arguments: {} }))).toMatchObject({
        error: { code: 'UNKNOWN_ACTION' },
      });
    // What names the intent is the tool, never its arguments.
    const bent = await client.callTool({
      name: 'Todo.list',
      arguments: { action: 'custom', command: 'fail' },
    });
    expect(bent.isError).toBe(true);
    expect(textOf(bent)).toMatchObject({
      error: { code: 'VALIDATION_FAILED', fields: [{ field: 'command' }] },
    });
  });
});

it('strangers are told where to get a token (RFC 9728)', async () => {
  await expect(connected((client) => client.listTools(), 'eve')).rejects.toThrow();
  const refused = await fetch(`${url}/mcp`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe(
    'Bearer resource_metadata="https://todos.example/.well-known/oauth-protected-resource/mcp"',
  );
  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`);
  expect(await metadata.json()).toMatchObject({
    resource: 'https://todos.example/mcp',
    authorization_servers: ['https://id.example'],
    scopes_supported: ['todos:write'],
  });
});

it('keeps no sessions, and no body that is too large', async () => {
  expect((await fetch(`${url}/mcp`)).status).toBe(405);
  const large = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer bob',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: { x: 'x'.repeat(1_100_000) },
    }),
  });
  expect(large.status).toBe(413);
});
