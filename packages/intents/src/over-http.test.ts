import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { type Product, product } from '../test/product.ts';
import { toExpress } from './adapters/express.ts';
import { toFastify } from './adapters/fastify.ts';
import { toHono } from './adapters/hono.ts';
import { toWebRequest } from './adapters/node.ts';
import { createIntentClient, IntentCallError } from './client.ts';
import type { MountedSurface } from './index.ts';

describe('over HTTP, by each adapter, with the typed client', () => {
  const serve: Readonly<
    Record<string, (surface: MountedSurface) => Promise<{ url: string; close(): Promise<unknown> }>>
  > = {
    fastify: async (surface) => {
      const app = fastify();
      await app.register(toFastify(surface));
      return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
    },
    express: async (surface) => {
      const app = express();
      app.all([...surface.paths], toExpress(surface));
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}`, close: async () => server.close() };
    },
    hono: async (surface) => {
      const app = new Hono();
      app.on('ALL', [...surface.paths], toHono(surface));
      // Hono runs on the web's requests; Node's are turned into them as by its own server package.
      const server = createServer(async (request, response) => {
        const { method = 'GET', headers, url = '/' } = request;
        const answer = await app.fetch(toWebRequest({ method, headers, url }, request));
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}`, close: async () => server.close() };
    },
  };

  it.each(Object.keys(serve))('%s', async (name) => {
    const { standard, router } = product({ bodyBytes: 2000 });
    const server = await serve[name]!(standard);
    try {
      const client = createIntentClient<typeof router>({
        url: `${server.url}${standard.path}`,
        headers: () => ({ authorization: 'Bearer ada' }),
      });
      const todo = await client.Todo.create({ payload: { title: 'Über Wände' } });
      const title: string = todo.title;
      expect(title).toBe('Über Wände');
      expect((await client.Todo.complete({ id: todo.id })).done).toBe(true);
      expect(await client.Todo.list({ limit: 5 })).toHaveLength(1);
      // @ts-expect-error: a payload that is not of the action's type
      const refused = await client.Todo.create({ payload: { title: 5 } }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(IntentCallError);
      expect(refused).toMatchObject({
        code: 'VALIDATION_FAILED',
        status: 422,
        fields: [{ field: 'payload.title' }],
      });
      const large = await client.Todo.create({ payload: { title: 'x'.repeat(5000) } }).catch(
        (error: unknown) => error,
      );
      expect(large).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', status: 413 });
      // @ts-expect-error: an action that is none
      expect(await client.Todo.explode().catch((error: unknown) => error)).toMatchObject({
        code: 'UNKNOWN_ACTION',
      });
    } finally {
      await server.close();
    }
  });

  it.each(
    Object.keys(serve).flatMap((name) => [
      [name, 'says beforehand'],
      [name, 'does not say'],
    ]),
  )(
    '%s ends the connection of a body that is too large, of which the sender %s how large it is',
    async (name, says) => {
      const { standard } = product({ bodyBytes: 2000 });
      const server = await serve[name]!(standard);
      try {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
        let heard = '';
        socket.setEncoding('utf8').on('data', (text) => {
          heard += text;
        });
        const ended = once(socket, 'close');
        const length = says === 'says beforehand' ? 'content-length: 1000000' : 'transfer-encoding: chunked';
        const part = 'x'.repeat(3000);
        socket.write(
          `POST ${standard.path} HTTP/1.1\r\nhost: product\r\nauthorization: Bearer ada\r\ncontent-type: application/json\r\n${length}\r\n\r\n`,
        );
        // Only its beginning: whoever waited for the rest would wait for ever.
        socket.write(says === 'says beforehand' ? part : `bb8\r\n${part}\r\n`);
        await ended;
        expect(heard).toMatch(/^HTTP\/1\.1 413 /);
        expect(heard).toMatch(/^connection: close\r$/im);
        expect(heard).toContain('PAYLOAD_TOO_LARGE');
      } finally {
        await server.close();
      }
    },
  );

  it.each(Object.keys(serve))('%s answers for the schema of the admin-machine surface', async (name) => {
    const { adminMachine, router } = product();
    router.addToAdminMachine({
      models: new Map(),
      admit: () => {},
      around: (dispatch, handle) => handle(dispatch.args),
      document: () => ({ version: 1 }),
    });
    const server = await serve[name]!(adminMachine);
    try {
      const answer = await fetch(`${server.url}${adminMachine.path}/schema`, {
        headers: { authorization: 'Bearer ada' },
      });
      expect([answer.status, await answer.json()]).toEqual([200, { data: { version: 1 } }]);
    } finally {
      await server.close();
    }
  });

  it('says that there was no answer where there was none', async () => {
    const client = createIntentClient<Product['router']>({ url: 'http://127.0.0.1:9/api/intent' });
    expect(await client.Todo.list().catch((error: unknown) => error)).toMatchObject({
      code: 'NO_ANSWER',
      status: 0,
    });
    const foreign = createIntentClient<Product['router']>({
      url: 'http://product/api/intent',
      fetch: async () => new Response('<html>', { status: 502 }),
    });
    expect(await foreign.Todo.list().catch((error: unknown) => error)).toMatchObject({
      code: 'NO_ANSWER',
      status: 502,
    });
  });
});
