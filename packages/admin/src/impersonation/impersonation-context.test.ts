import {
  buildRuntime,
  customAction,
  type IntentContext,
  IntentRouter,
  IntentService,
} from '@castellan/intents';
import Fastify from 'fastify';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { actorWritesMiddleware } from './actor-writes.ts';
import {
  bindImpersonationContext,
  impersonationLogFields,
  impersonationScope,
} from './impersonation-context.ts';

const claimsOf = (who: string) => ({
  sub: 'bob',
  act: { sub: who, impersonation_session_id: `session of ${who}` },
});
const fieldsOf = (who: string) => ({ acting_admin_id: who, impersonation_session_id: `session of ${who}` });
const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

function logged() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { mixin: impersonationLogFields },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  return { log, lines };
}

describe('log lines of a request say who acts', () => {
  it('each line of a handler, whatever it waits for, where the middleware is installed', async () => {
    const { log, lines } = logged();
    class Notes extends IntentService {
      look = customAction({ readOnly: true }, async () => {
        log.info('first');
        await pause();
        log.info('second');
      });
    }
    const router = new IntentRouter({ runtime: buildRuntime({ middlewares: [actorWritesMiddleware] }) });
    router.register('Note', new Notes());
    const surface = router.build({
      getUser: async ({ request, context }: { request: Request; context: IntentContext }) => {
        await pause();
        const who = request.headers.get('x-who');
        const claims = who === null ? { sub: 'bob' } : claimsOf(who);
        bindImpersonationContext(claims);
        log.info('known');
        context.sessionClaims = claims;
        return 'bob';
      },
      getDb: () => null,
    });
    const call = (who?: string) =>
      surface.fetch(
        new Request('http://localhost/api/intent', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(who ? { 'x-who': who } : {}) },
          body: JSON.stringify({ model: 'Note', action: 'custom', command: 'look' }),
        }),
      );
    expect((await call('ada')).status).toBe(200);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatchObject(fieldsOf('ada'));
    lines.length = 0;
    await call();
    for (const line of lines) expect(line).not.toHaveProperty('acting_admin_id');
  });

  it('never those of another request, of many at once on a few connections', async () => {
    const { log, lines } = logged();
    const app = Fastify();
    app.addHook('onRequest', (_request, _reply, done) => impersonationScope(done));
    const getUser = async (who: string | undefined): Promise<void> => {
      await pause();
      bindImpersonationContext(who ? claimsOf(who) : { sub: 'bob' });
    };
    app.get<{ Querystring: { who?: string; n: string } }>('/', async ({ query }) => {
      await getUser(query.who);
      await pause();
      log.info({ n: query.n }, 'answered');
      return {};
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    try {
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          fetch(`${address}/?n=${n}${n % 3 === 0 ? '' : `&who=${n % 3 === 1 ? 'ada' : 'eve'}`}`),
        ),
      );
    } finally {
      await app.close();
    }
    expect(lines).toHaveLength(60);
    for (const { n, ...line } of lines) {
      const who = [undefined, 'ada', 'eve'][Number(n) % 3];
      if (who === undefined) expect(line).not.toHaveProperty('acting_admin_id');
      else expect(line).toMatchObject(fieldsOf(who));
    }
  });

  it('a user’s own session clears what was noted before', () => {
    impersonationScope(() => {
      bindImpersonationContext(claimsOf('ada'));
      expect(impersonationLogFields()).toEqual(fieldsOf('ada'));
      bindImpersonationContext({ sub: 'bob' });
      expect(impersonationLogFields()).toEqual({});
    });
  });

  it('without a scope the rest of the same function sees it; after the request nobody does', async () => {
    await impersonationScope(async () => {
      await pause();
      bindImpersonationContext({ sub: 'bob', act: {} });
      await pause();
      expect(impersonationLogFields()).toEqual({ acting_admin_id: 'unknown' });
    });
    expect(impersonationLogFields()).toEqual({});
  });
});
