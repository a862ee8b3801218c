import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildRuntime, IntentRouter, IntentService } from '@castellan/intents';
import { createClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enforceActorWrites } from './actor-writes.ts';
import { clerkActorTokens } from './clerk-actor-tokens.ts';

/**
 * Clerk's own SDK against a server on loopback that speaks its Backend API (v1), as far as actor tokens and sessions go:
 * a ticket is taken once, the session carries the actor as it was given.
 */
interface Session {
  id: string;
  user_id: string;
  status: string;
  actor: Record<string, unknown> | null;
}
interface ActorToken {
  id: string;
  user_id: string;
  actor: Record<string, unknown>;
  status: string;
  expires_in_seconds: number;
  session_max_duration_in_seconds: number;
}

const secretKey = 'sk_test_of_the_product';
const sessionId = 'c0ffee00-0000-4000-8000-000000000001';
let tokens: ActorToken[] = [];
let sessions: Session[] = [];
let failing = 0;
let address: string;
const calls: string[] = [];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'http://clerk');
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const refuse = (status: number, code: string) => send(status, { errors: [{ code, message: code }] });
  calls.push(`${request.method} ${pathname}`);
  if (request.headers.authorization !== `Bearer ${secretKey}`)
    return void refuse(401, 'authentication_invalid');
  if (failing > 0) return void refuse(failing, 'failing');
  if (request.method === 'POST' && pathname === '/v1/actor_tokens') {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text);
    if (body.user_id === 'user_gone') return void refuse(404, 'resource_not_found');
    const token = { ...body, id: `act_${tokens.length}`, status: 'pending' };
    tokens.push(token);
    const url = `https://clerk.example.com/v1/tickets/accept?ticket=ticket_${token.id}`;
    return void send(200, { object: 'actor_token', ...token, url, token: `ticket_${token.id}` });
  }
  const revoked = /^\/v1\/actor_tokens\/(\w+)\/revoke$/.exec(pathname)?.[1];
  if (revoked !== undefined) {
    const token = tokens.find(({ id }) => id === revoked);
    if (token?.status !== 'pending') return void refuse(400, 'actor_token_cannot_be_revoked');
    token.status = 'revoked';
    return void send(200, { object: 'actor_token', ...token });
  }
  if (request.method === 'GET' && pathname === '/v1/sessions') {
    const found = sessions.filter(
      ({ user_id, status }) =>
        user_id === searchParams.get('user_id') && status === searchParams.get('status'),
    );
    const offset = Number(searchParams.get('offset') ?? 0);
    const data = found
      .slice(offset, offset + Number(searchParams.get('limit') ?? 10))
      .map((session) => ({ object: 'session', ...session }));
    return void send(
      200,
      searchParams.get('paginated') === 'true' ? { data, total_count: found.length } : data,
    );
  }
  const ended = /^\/v1\/sessions\/(\w+)\/revoke$/.exec(pathname)?.[1];
  const session = sessions.find(({ id }) => id === ended);
  if (!session) return void refuse(404, 'resource_not_found');
  session.status = 'revoked';
  return void send(200, { object: 'session', ...session });
}

/** Somebody opens the ticket: the session of it. */
function accept(token: ActorToken): Session {
  token.status = 'accepted';
  const session = {
    id: `sess_${sessions.length}`,
    user_id: token.user_id,
    status: 'active',
    actor: token.actor,
  };
  sessions.push(session);
  return session;
}

const server = createServer((request, response) => void answer(request, response));
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  tokens = [];
  sessions = [];
  failing = 0;
  calls.length = 0;
});

function product(role = 'admin', more: Record<string, unknown> = {}) {
  const people: Record<string, string | null> = {
    '1': 'user_bob',
    '2': null,
    '3': 'user_staff',
    '4': 'user_gone',
  };
  const actors = clerkActorTokens<typeof people>({
    clerk: createClerkClient({ secretKey, apiUrl: address }),
    subjectOf: ({ db, id }) => db[String(id)] ?? null,
    mayImpersonate: ({ id }) => id !== '3',
    ...more,
  });
  class Users extends IntentService {
    createActorToken = actors.createActorToken;
    revokeActorToken = actors.revokeActorToken;
  }
  const failures: unknown[] = [];
  const runtime = buildRuntime({ onCall: ({ cause }) => void (cause !== undefined && failures.push(cause)) });
  const router = new IntentRouter({ runtime }).register('User', new Users());
  const options = { getUser: () => ({ id: 'user_ada', role }), getDb: () => people };
  const send = async (
    command: string,
    id: unknown,
    payload: unknown,
    surface = router.buildAdminMachine(options),
  ) => {
    const response = await surface.fetch(
      new Request(`http://localhost${surface.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'User',
          action: 'custom',
          command,
          ...(id === undefined ? {} : { id }),
          payload,
        }),
      }),
    );
    return (await response.json()) as { data?: Record<string, unknown>; error?: { code: string } };
  };
  return { send, failures, standard: router.build(options) };
}

const asked = { session_id: sessionId, reason: 'A ticket', allow_writes: false, expires_in: 1800 };

describe('actor tokens of Clerk', () => {
  it('are minted by the product’s own SDK: a minute for the link, half an hour for the session, the operator in `act`', async () => {
    const { data } = await product().send('createActorToken', '1', asked);
    expect(data).toEqual({
      url: 'https://clerk.example.com/v1/tickets/accept?ticket=ticket_act_0',
      ends_by: 'product',
      external_id: 'act_0',
    });
    expect(tokens[0]).toMatchObject({
      user_id: 'user_bob',
      expires_in_seconds: 60,
      session_max_duration_in_seconds: 1800,
      actor: { sub: 'user_ada', impersonation_session_id: sessionId, allow_writes: false },
    });
    const ends = (tokens[0]!.actor.expires_at as number) - Date.now() / 1000;
    expect(ends).toBeGreaterThan(1790);
    expect(ends).toBeLessThanOrEqual(1800);
  });

  it('give sessions whose claims enforceActorWrites reads: refused a write, unless it was allowed', async () => {
    const write = { action: 'update', isReadOnlyCustomAction: false };
    await product().send('createActorToken', '1', asked);
    const reading = { sub: 'user_bob', act: accept(tokens[0]!).actor };
    expect(() => enforceActorWrites(reading, write)).toThrow(/may only look/);
    await product().send('createActorToken', '1', { ...asked, allow_writes: true });
    const writing = { sub: 'user_bob', act: accept(tokens[1]!).actor };
    expect(() => enforceActorWrites(writing, write)).not.toThrow();
  });

  it('are the admin’s to mint, on the admin-machine surface alone', async () => {
    expect((await product('support').send('createActorToken', '1', asked)).error?.code).toBe(
      'INSUFFICIENT_ROLE',
    );
    const house = product('owner');
    const elsewhere = await house.send('createActorToken', '1', asked, house.standard);
    expect(elsewhere.error?.code).toBe('UNKNOWN_MODEL');
    expect(tokens).toEqual([]);
  });

  it('are not minted for rows without an account, for the product’s staff, without a row, or for longer than half an hour', async () => {
    const house = product();
    expect((await house.send('createActorToken', '2', asked)).error?.code).toBe('NOT_FOUND');
    expect((await house.send('createActorToken', '3', asked)).error?.code).toBe('FORBIDDEN');
    expect((await house.send('createActorToken', undefined, asked)).error?.code).toBe('VALIDATION_FAILED');
    for (const payload of [
      { ...asked, expires_in: 1801 },
      { ...asked, allow_writes: 'yes' },
      { ...asked, act: { sub: 'root' } },
      undefined,
    ])
      expect((await house.send('createActorToken', '1', payload)).error?.code).toBe('VALIDATION_FAILED');
    expect(tokens).toEqual([]);
  });

  it('go where the product takes tickets, if not to Clerk’s own address', async () => {
    const house = product('admin', {
      urlOf: (ticket: string) => `https://app.example.com/in?__clerk_ticket=${ticket}`,
    });
    const { data } = await house.send('createActorToken', '1', asked);
    expect(data?.url).toBe('https://app.example.com/in?__clerk_ticket=ticket_act_0');
  });

  it('are ended: the link that was not used, and the sessions of this one alone, on whichever page they are', async () => {
    const house = product();
    await house.send('createActorToken', '1', asked);
    const first = accept({ ...tokens[0]! });
    for (let at = 0; at < 99; at++)
      sessions.push({ id: `own_${at}`, user_id: 'user_bob', status: 'active', actor: null });
    // The first of the second page: what is ended on the first page must not move it out of sight.
    const second = accept({ ...tokens[0]! });
    const other = accept({ ...tokens[0]!, actor: { sub: 'user_eve', impersonation_session_id: 'another' } });
    const end = { session_id: sessionId, external_id: 'act_0' };
    expect((await house.send('revokeActorToken', '1', end)).data, String(house.failures[0])).toEqual({
      ended: true,
    });
    expect(tokens[0]!.status).toBe('revoked');
    expect([first, second, other].map(({ status }) => status)).toEqual(['revoked', 'revoked', 'active']);
    expect(sessions.filter(({ status }) => status === 'active')).toHaveLength(100);
    // Again, and where the link was used: nothing is wrong with that.
    expect((await house.send('revokeActorToken', '1', end)).data).toEqual({ ended: true });
  });

  it('that can not be ended say so, and Clerk’s words stay in the product’s log', async () => {
    const house = product();
    for (const status of [401, 500]) {
      failing = status;
      const ended = await house.send('revokeActorToken', '1', {
        session_id: sessionId,
        external_id: 'act_0',
      });
      expect(ended.error?.code).toBe('INTERNAL');
    }
    failing = 0;
    const gone = await house.send('createActorToken', '4', asked);
    expect(gone.error?.code).toBe('INTERNAL');
    expect(JSON.stringify(gone)).not.toContain('resource_not_found');
    expect(house.failures).toHaveLength(3);
    expect(JSON.stringify(house.failures)).not.toContain(secretKey);
  });
});
