import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { people, product } from '../test/product.ts';
import { toExpress } from './adapters/express.ts';
import { toFastify } from './adapters/fastify.ts';
import type { Middleware, MountedSurface, PlainCall } from './index.ts';

/** A call as a server hands it on, of which nobody may want the web's request. */
function plain(
  body: string,
  headers: Readonly<Record<string, string>> = {},
  { method = 'POST', url = '/api/intent' } = {},
): PlainCall {
  const all: Readonly<Record<string, string>> = {
    'content-type': 'application/json',
    authorization: 'Bearer ada',
    ...headers,
  };
  return {
    method,
    url,
    header: (name) => all[name] ?? null,
    readBody: async () => new TextEncoder().encode(body),
    get request(): Request {
      throw new Error('Nobody asked for it');
    },
  };
}

describe('a surface answers plain calls', () => {
  it('and makes no web request where nobody asks for one', async () => {
    const { router, db } = product();
    const surface = router.build({
      getUser: ({ header }) => people[header('authorization')?.slice('Bearer '.length) ?? ''] ?? null,
      getDb: () => db,
    });
    const call = plain('{"model":"Todo","action":"list"}', { 'x-correlation-id': 'click-0001' });
    expect(await surface.answer(call)).toEqual({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-correlation-id': 'click-0001',
      },
      body: '{"data":[]}',
    });
  });

  it('an address that is none is no schema, and no mistake of the product', async () => {
    const { adminMachine } = product();
    const answer = await adminMachine.answer(plain('', {}, { method: 'GET', url: '//' }));
    expect(answer.status).toBe(405);
  });
});

const serve: Readonly<
  Record<string, (surface: MountedSurface) => Promise<{ port: number; close(): Promise<unknown> }>>
> = {
  fastify: async (surface) => {
    const app = fastify({ forceCloseConnections: true });
    await app.register(toFastify(surface));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  },
  express: async (surface) => {
    const app = express();
    app.all([...surface.paths], toExpress(surface));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = async () => {
      server.closeAllConnections();
      server.close();
    };
    return { port: (server.address() as AddressInfo).port, close };
  },
};

describe.each(Object.keys(serve))('over %s', (name) => {
  const head = (length: number, more = '') =>
    `POST /api/intent HTTP/1.1\r\nhost: product\r\nauthorization: Bearer ada\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

  it('who asks for the web’s request has it: method, address and headers', async () => {
    const seen: unknown[] = [];
    const look = (request: Request) =>
      seen.push([request.method, request.url, request.headers.get('x-from'), request.bodyUsed]);
    const middleware: Middleware = (dispatch, next) => {
      look(dispatch.request);
      return next();
    };
    const { router, db } = product({ middlewares: [middleware] });
    const surface = router.build({
      getUser: (call) => {
        look(call.request);
        expect(call.request).toBe(call.request);
        return people.ada!;
      },
      getDb: ({ request }) => {
        look(request);
        return db;
      },
    });
    const server = await serve[name]!(surface);
    try {
      const address = `http://127.0.0.1:${server.port}/api/intent?from=here`;
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-from': 'a page' },
        body: '{"model":"Todo","action":"list"}',
      });
      expect(await answer.json()).toEqual({ data: [] });
      expect(seen).toEqual(Array.from({ length: 3 }, () => ['POST', address, 'a page', false]));
    } finally {
      await server.close();
    }
  });

  it('a body that comes in pieces is one text, wherever it was cut', async () => {
    const { standard, db } = product();
    const server = await serve[name]!(standard);
    try {
      const body = Buffer.from(
        JSON.stringify({ model: 'Todo', action: 'create', payload: { title: 'Ü🚪' } }),
      );
      const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
      socket.write(head(body.length));
      for (const byte of body) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
      expect([...db.values()]).toMatchObject([{ title: 'Ü🚪' }]);
      socket.destroy();
    } finally {
      await server.close();
    }
  });

  it('a caller that goes away in the middle leaves nothing done, and the next one is answered', async () => {
    const { standard, db, reports } = product();
    const server = await serve[name]!(standard);
    try {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${head(500)}{"model":"Todo"`);
      await new Promise((done) => setTimeout(done, 50));
      socket.destroy();
      await expect.poll(() => reports.length).toBe(1);
      expect([reports[0]!.code, db.size]).toEqual(['MALFORMED_REQUEST', 0]);
      const answer = await fetch(`http://127.0.0.1:${server.port}/api/intent`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer ada' },
        body: '{"model":"Todo","action":"list"}',
      });
      expect(answer.status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('what was refused before its body was read leaves the connection to the next call', async () => {
    const { standard } = product();
    const server = await serve[name]!(standard);
    try {
      const socket = connect(server.port, '127.0.0.1');
      const refused = `PUT${head(2).slice('POST'.length)}{}`;
      const taken = '{"model":"Todo","action":"list"}';
      socket.write(refused);
      const [first] = (await once(socket, 'data')) as [Buffer];
      socket.write(head(taken.length) + taken);
      const [second] = (await once(socket, 'data')) as [Buffer];
      expect([first, second].map((one) => one.toString().slice(9, 12))).toEqual(['405', '200']);
      socket.destroy();
    } finally {
      await server.close();
    }
  });
});
