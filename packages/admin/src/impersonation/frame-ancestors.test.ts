import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { frameAncestorsNone } from './frame-ancestors.ts';

/** Answers of three frameworks: plain, with a policy of its own, with one that would allow frames, an error, not found. */
const own = "default-src 'self'; frame-ancestors https://evil.example.com";

async function overHttp(listener: RequestListener, paths: readonly string[]) {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  try {
    const answers = await Promise.all(paths.map((path) => fetch(`http://127.0.0.1:${port}${path}`)));
    return answers.map((answer) => ({
      status: answer.status,
      policy: answer.headers.get('content-security-policy'),
    }));
  } finally {
    server.close();
  }
}

const paths = ['/plain', '/own', '/raw', '/fails', '/missing', '/twice'];
const none = "frame-ancestors 'none'";
const expected = [
  { status: 200, policy: none },
  { status: 200, policy: `${own}, ${none}` },
  { status: 200, policy: `${own}, ${none}` },
  { status: 500, policy: none },
  { status: 404, policy: none },
  { status: 200, policy: none },
];

describe('frame-ancestors none on every answer, beside the product’s own policy, which can not loosen it', () => {
  it('Express', async () => {
    const app = express();
    app.use(frameAncestorsNone.express as express.RequestHandler);
    app.get('/plain', (_request, response) => void response.send('ok'));
    app.get('/own', (_request, response) => void response.set('content-security-policy', own).send('ok'));
    app.get(
      '/raw',
      (_request, response) => void response.writeHead(200, { 'Content-Security-Policy': own }).end('ok'),
    );
    app.get('/fails', (_request, response) => void response.status(500).end());
    app.get('/twice', (_request, response) => void response.set('content-security-policy', none).send('ok'));
    // Express's own page for what is missing sets a policy, which stays.
    app.use((_request, response) => void response.status(404).end());
    expect(await overHttp(app as never, paths)).toEqual(expected);
  });

  it('Fastify', async () => {
    const app = Fastify();
    frameAncestorsNone.fastify(app);
    app.get('/plain', () => 'ok');
    app.get('/own', (_request, reply) => reply.header('content-security-policy', own).send('ok'));
    app.get('/raw', (_request, reply) => reply.headers({ 'Content-Security-Policy': own }).send('ok'));
    app.get('/fails', () => {
      throw new Error('no');
    });
    app.get('/twice', (_request, reply) => reply.header('content-security-policy', none).send('ok'));
    await app.ready();
    expect(await overHttp((request, response) => app.routing(request, response), paths)).toEqual(expected);
    await app.close();
  });

  it('Hono', async () => {
    const app = new Hono();
    app.use(frameAncestorsNone.hono);
    app.get('/plain', (context) => context.text('ok'));
    app.get('/own', (context) => context.text('ok', 200, { 'content-security-policy': own }));
    app.get('/raw', () => new Response('ok', { headers: { 'Content-Security-Policy': own } }));
    app.get('/fails', () => {
      throw new Error('no');
    });
    app.get('/twice', (context) => context.text('ok', 200, { 'content-security-policy': none }));
    app.onError((_error, context) => context.text('no', 500));
    const answers = await Promise.all(paths.map((path) => app.request(path)));
    expect(
      answers.map((answer) => ({
        status: answer.status,
        policy: answer.headers.get('content-security-policy'),
      })),
    ).toEqual(expected);
  });
});
