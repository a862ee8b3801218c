import {
  buildRuntime,
  customAction,
  type IntentArgs,
  type IntentError,
  IntentRouter,
  IntentService,
  type Middleware,
  type MountedSurface,
} from '@castellan/intents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readActing } from './actor-claims.ts';
import { actorWrites, actorWritesMiddleware, enforceActorWrites } from './actor-writes.ts';
import { impersonationBanner } from './banner.ts';

const session = 'c0ffee00-0000-4000-8000-000000000001';
const reading = { sub: 'bob', act: { sub: 'ada', impersonation_session_id: session, allow_writes: false } };
const writing = { sub: 'bob', act: { ...reading.act, allow_writes: true } };
const own = { sub: 'bob' };

const codeOf = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as IntentError).code;
  }
};
const enforce = (claims: unknown, action = 'update', more = {}) =>
  codeOf(() =>
    enforceActorWrites(claims as Record<string, unknown>, { action, isReadOnlyCustomAction: false, ...more }),
  );
const denied = 'IMPERSONATION_WRITE_DENIED';

describe('enforceActorWrites', () => {
  it('a read-only session changes nothing, and reads everything', () => {
    for (const action of ['create', 'update', 'delete', 'custom', 'something new'])
      expect(enforce(reading, action), action).toBe(denied);
    for (const action of ['list', 'read']) expect(enforce(reading, action)).toBeUndefined();
    expect(enforce(reading, 'custom', { isReadOnlyCustomAction: true })).toBeUndefined();
    // A usual action is not made harmless by a word for custom ones.
    expect(enforce(reading, 'delete', { isReadOnlyCustomAction: true })).toBe(denied);
  });

  it('a session that allows writes, and a user’s own, change what they may', () => {
    for (const claims of [writing, own, {}]) expect(enforce(claims)).toBeUndefined();
  });

  it('only the word true allows writes', () => {
    for (const allow of ['true', 1, {}, [], null, undefined, 'yes'])
      expect(enforce({ ...own, act: { sub: 'ada', allow_writes: allow } }), String(allow)).toBe(denied);
  });

  it('Clerk’s own impersonation, which says nothing of writes, is read-only', () => {
    expect(enforce({ ...own, act: { sub: 'user_2ada' } })).toBe(denied);
  });

  it('a claim that is no actor is one who may only look', () => {
    for (const act of ['ada', 1, true, [], [writing.act], {}])
      expect(enforce({ ...own, act }), JSON.stringify(act)).toBe(denied);
  });

  it('missing claims refuse where they are required', () => {
    for (const claims of [undefined, null, 'claims', []]) expect(enforce(claims)).toBe(denied);
    for (const claims of [{}, { sub: '' }, { sub: 7 }])
      expect(enforce(claims, 'update', { requireClaims: true })).toBe(denied);
    expect(enforce(own, 'update', { requireClaims: true })).toBeUndefined();
    expect(enforce({}, 'list', { requireClaims: true })).toBeUndefined();
  });

  it('services that the product knows act in people’s names; an operator behind one is still seen', () => {
    const services = ['orders'];
    const byService = { ...own, act: { sub: 'orders', client_id: 'web' } };
    expect(enforce(byService, 'update', { services })).toBeUndefined();
    expect(enforce(byService)).toBe(denied);
    const behind = { ...own, act: { sub: 'orders', act: reading.act } };
    expect(enforce(behind, 'update', { services })).toBe(denied);
    const renamed = { ...own, act: { ...reading.act, sub: 'orders' } };
    expect(enforce(renamed, 'update', { services })).toBe(denied);
  });

  it('of two operators in a chain both have to be allowed, whichever comes first', () => {
    expect(enforce({ ...own, act: { ...writing.act, act: reading.act } })).toBe(denied);
    expect(enforce({ ...own, act: { ...reading.act, act: writing.act } })).toBe(denied);
    expect(enforce({ ...own, act: { ...writing.act, act: writing.act } })).toBeUndefined();
  });

  it('a chain without end is refused, and ends', () => {
    const act: Record<string, unknown> = { sub: 'orders' };
    act.act = act;
    expect(enforce({ ...own, act }, 'update', { services: ['orders'] })).toBe(denied);
  });

  it('a session that is over writes nothing, also where its end can’t be read', () => {
    const until = (expires_at: unknown) => ({ ...own, act: { ...writing.act, expires_at } });
    expect(enforce(until(1000), 'update', { now: 999 })).toBeUndefined();
    expect(enforce(until(1000), 'update', { now: 1000 })).toBe(denied);
    for (const end of ['2099-01-01', null, Number.NaN, {}])
      expect(enforce(until(end)), String(end)).toBe(denied);
  });

  it('whatever stands in `act`, nobody writes who was not allowed to', () => {
    fc.assert(
      fc.property(fc.object({ key: fc.constantFrom('sub', 'act', 'allow_writes', 'x') }), (act) => {
        const allows = JSON.stringify(act).includes('"allow_writes":true');
        if (!allows) expect(enforce({ ...own, act })).toBe(denied);
      }),
      { numRuns: 2000 },
    );
  });
});

class Notes extends IntentService {
  create = () => 'made';
  read = () => 'read';
  list = () => [];
  update = () => 'changed';
  delete = () => 'gone';
  archive = customAction({}, () => 'archived');
  count = customAction({ readOnly: true }, () => 3);
  ban = customAction({ adminOnly: true }, () => 'banned');
  whoami = customAction({ readOnly: true }, ({ sessionClaims }: IntentArgs) => sessionClaims);
}

function doors(middleware: Middleware, claims: Record<string, unknown> | undefined) {
  const router = new IntentRouter({ runtime: buildRuntime({ middlewares: [middleware], onCall: () => {} }) });
  router.register('Note', new Notes());
  const options = {
    getUser: ({ context }: { context: { sessionClaims?: Readonly<Record<string, unknown>> } }) => {
      if (claims) context.sessionClaims = claims;
      return 'bob';
    },
    getDb: () => null,
  };
  return {
    standard: router.build(options),
    machine: router.buildMachine(options),
    mcp: router.buildMcpDispatch(options),
    legacyAdmin: router.buildLegacyAdmin({ ...options, isAdmin: () => true }),
    adminMachine: router.buildAdminMachine({
      ...options,
      getUser: (given: Parameters<typeof options.getUser>[0]) =>
        options.getUser(given) && { id: 'ada', role: 'owner' },
    }),
  };
}

async function call(surface: MountedSurface, action: string, command?: string) {
  const response = await surface.fetch(
    new Request(`http://localhost${surface.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'Note', action, ...(command ? { command } : {}) }),
    }),
  );
  const body = (await response.json()) as { data?: unknown; error?: { code: string } };
  return body.error?.code ?? body.data;
}

describe('actorWritesMiddleware', () => {
  it('refuses the writes of a read-only session through every door', async () => {
    const { adminMachine, ...ofServices } = doors(actorWritesMiddleware, reading);
    for (const [name, surface] of Object.entries(ofServices)) {
      for (const action of ['create', 'update', 'delete'])
        expect(await call(surface, action), name).toBe(denied);
      expect(await call(surface, 'custom', 'archive'), name).toBe(denied);
      expect(await call(surface, 'read'), name).toBe('read');
      expect(await call(surface, 'custom', 'count'), name).toBe(3);
    }
    expect(await call(adminMachine, 'custom', 'ban')).toBe(denied);
  });

  it('lets a session that allows writes, and the user’s own, write', async () => {
    for (const claims of [writing, own])
      expect(await call(doors(actorWritesMiddleware, claims).standard, 'update')).toBe('changed');
  });

  it('refuses writes without claims where people sign in, and not where machines call', async () => {
    const without = doors(actorWritesMiddleware, undefined);
    for (const surface of [without.standard, without.mcp, without.legacyAdmin]) {
      expect(await call(surface, 'update')).toBe(denied);
      expect(await call(surface, 'list')).toEqual([]);
    }
    expect(await call(without.machine, 'update')).toBe('changed');
    expect(await call(without.adminMachine, 'custom', 'ban')).toBe('banned');
  });

  it('takes nobody’s word in the body for claims', async () => {
    const { standard } = doors(actorWritesMiddleware, reading);
    const response = await standard.fetch(
      new Request('http://localhost/api/intent', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'Note',
          action: 'update',
          context: { sessionClaims: writing, allow_writes: true },
        }),
      }),
    );
    expect(response.status).toBe(403);
  });

  it('a session that is over reaches nothing at all', async () => {
    const over = { ...own, act: { ...writing.act, expires_at: Date.now() / 1000 - 1 } };
    const { standard } = doors(actorWritesMiddleware, over);
    for (const action of ['list', 'update']) expect(await call(standard, action)).toBe('IMPERSONATION_ENDED');
  });

  it('asks about each session that acts, at every call; no answer, and no session, are a no', async () => {
    const asked: string[] = [];
    let answer: () => Promise<boolean> = async () => true;
    const middleware = actorWrites({
      isLive: (id) => {
        asked.push(id);
        return answer();
      },
    });
    const acting = doors(middleware, writing).standard;
    expect(await call(acting, 'update')).toBe('changed');
    answer = async () => false;
    expect(await call(acting, 'list')).toBe('IMPERSONATION_ENDED');
    answer = async () => 'yes' as never;
    expect(await call(acting, 'list')).toBe('IMPERSONATION_ENDED');
    answer = () => Promise.reject(new Error('the platform is away'));
    expect(await call(acting, 'update')).toBe('UNAVAILABLE');
    expect(asked).toEqual([session, session, session, session]);
    answer = async () => true;
    const { impersonation_session_id: _, ...nameless } = writing.act;
    expect(await call(doors(middleware, { ...own, act: nameless }).standard, 'list')).toBe(
      'IMPERSONATION_ENDED',
    );
    expect(await call(doors(middleware, own).standard, 'update')).toBe('changed');
    expect(asked).toHaveLength(4);
  });
});

describe('the banner', () => {
  it('says that somebody acts and whether they may write, and nothing in a user’s own session', () => {
    expect(impersonationBanner(own)).toBe('');
    expect(impersonationBanner(reading, { userName: 'Bob' })).toContain('You act as Bob.');
    expect(impersonationBanner(reading)).toContain('change nothing');
    expect(impersonationBanner(writing)).not.toContain('change nothing');
  });

  it('escapes what it is given', () => {
    const evil = '"><script>alert(1)</script>';
    const html = impersonationBanner(
      { ...own, act: { sub: 'ada', impersonation_session_id: evil } },
      { userName: `${evil}'` },
    );
    expect(html).not.toContain('<script');
    expect(html.match(/</g)).toHaveLength(4);
  });
});

it('reads who acts', () => {
  expect(readActing(own)).toEqual({ kind: 'nobody_else' });
  expect(readActing({ ...own, act: { sub: 'orders' } }, ['orders'])).toEqual({ kind: 'services' });
  expect(readActing(reading)).toMatchObject({
    kind: 'operator',
    operator: { adminId: 'ada', sessionId: session },
  });
});
