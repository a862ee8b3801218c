import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { liveAs, StandInIssuer, serviceKey } from '../../test/stand-in-issuer.ts';
import { createCastellan } from '../core/castellan.ts';
import { castellanGuards, principalOf } from './fastify.ts';

let issuer: StandInIssuer;
let app: FastifyInstance;
const logged: string[] = [];

beforeAll(async () => {
  issuer = await StandInIssuer.start();
  app = Fastify({ logger: { level: 'info', stream: { write: (line: string) => void logged.push(line) } } });
  const castellan = createCastellan({
    issuer: issuer.address,
    service: 'orders',
    serviceKey,
    timeoutMs: 300,
  });
  const guards = castellanGuards(app, castellan);
  app.get('/me', { onRequest: guards.requireUser() }, (request) => principalOf(request));
  app.post('/orders', { preHandler: guards.requireWorkspaceRole('editor') }, (request) => ({
    by: principalOf(request).userId,
  }));
  app.get('/open', (request) => ({ principal: request.principal }));
  app.get('/mistake', (request) => principalOf(request));
});
afterAll(async () => {
  await app.close();
  await issuer.stop();
});
beforeEach(() => {
  issuer.intercept = () => false;
  issuer.liveness = liveAs();
  logged.length = 0;
});

const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the Fastify adapter', () => {
  test('attaches the live principal and lets the handler run', async () => {
    const token = await issuer.token();
    const me = await app.inject({ url: '/me', headers: bearing(token) });
    expect(me.statusCode).toBe(200);
    expect(me.json()).toMatchObject({ email: 'ada@example.com', workspaceRole: 'editor' });
    const made = await app.inject({ method: 'POST', url: '/orders', headers: bearing(token) });
    expect(made.statusCode).toBe(200);
  });

  test('answers a refusal as the core describes it, with the request’s own id', async () => {
    const answer = await app.inject({ url: '/me' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="orders"');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', status: 401, correlation_id: 'req-3' });
  });

  test('a role that is too low is 403, and the handler does not run', async () => {
    issuer.liveness = liveAs('viewer');
    const answer = await app.inject({
      method: 'POST',
      url: '/orders',
      headers: bearing(await issuer.token()),
    });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('editor') });
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  test('the platform gone is 503 with Retry-After; the log names the cause and holds no token', async () => {
    const token = await issuer.token();
    await app.inject({ url: '/me', headers: bearing(token) });
    issuer.intercept = () => true;
    const answer = await app.inject({ url: '/me', headers: bearing(token) });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    const log = logged.join('');
    expect(log).toContain('did not answer in time');
    for (const secret of [token, token.split('.')[2]!, serviceKey])
      expect(log + answer.body).not.toContain(secret);
  });

  test('a route without a guard has no principal, and asking for one there is a mistake that shows', async () => {
    const headers = bearing(await issuer.token());
    expect((await app.inject({ url: '/open', headers })).json()).toEqual({ principal: null });
    expect((await app.inject({ url: '/mistake', headers })).statusCode).toBe(500);
  });
});
