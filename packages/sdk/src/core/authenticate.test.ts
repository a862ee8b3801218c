import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Arrived, liveAs, StandInIssuer, send, serviceKey } from '../../test/stand-in-issuer.ts';
import { type Castellan, createCastellan } from './castellan.ts';

let issuer: StandInIssuer;
let castellan: Castellan;

beforeAll(async () => {
  issuer = await StandInIssuer.start();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  issuer.intercept = () => false;
  issuer.liveness = liveAs();
  issuer.arrived.length = 0;
  castellan = createCastellan({
    issuer: issuer.address,
    service: 'orders',
    serviceKey,
    timeoutMs: 300,
    maxRetries: 0,
  });
});

const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const answering =
  (
    ...answer: [status: number, body: unknown, headers?: Record<string, string>]
  ): StandInIssuer['intercept'] =>
  (_, response) => {
    send(response, ...answer);
    return true;
  };

/** Holds session checks back until they are let go, in the order of arrival. */
function holdChecks(): { arrived(count: number): Promise<void>; letGo(): void } {
  const held: (() => void)[] = [];
  issuer.intercept = async ({ path }: Arrived) => {
    if (path === '/v1/sessions/check') await new Promise<void>((resolve) => held.push(resolve));
    return false;
  };
  return {
    arrived: (count) => expect.poll(() => held.length).toBe(count),
    letGo: () => {
      for (const release of held.splice(0)) release();
    },
  };
}

describe('authenticate', () => {
  test('gives the live principal, from a web Request and from plain headers', async () => {
    issuer.liveness = liveAs('admin');
    const token = await issuer.token();
    const request = new Request('http://orders.example/api', bearing(token));
    for (const source of [request, bearing(token), { headers: { Authorization: `bearer ${token}` } }]) {
      const outcome = await castellan.authenticate(source);
      expect(outcome).toMatchObject({
        ok: true,
        // The token says editor; what counts is what the platform says.
        principal: { kind: 'user', email: 'ada@example.com', workspaceRole: 'admin', service: 'orders' },
      });
    }
    expect(issuer.checks.every(({ authorization }) => authorization === `Bearer ${serviceKey}`)).toBe(true);
  });

  test('no credential is 401 unauthenticated, and costs no call', async () => {
    const sources = [
      { headers: {} },
      { headers: { authorization: 'Basic YTpi' } },
      new Request('http://x.example'),
    ];
    for (const source of sources)
      expect(await castellan.authenticate(source)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(issuer.arrived).toEqual([]);
  });

  test('garbage is 401 token_invalid, and costs no call', async () => {
    const token = await issuer.token({}, { typ: 'JWT' });
    const values = [
      'Bearer',
      'Bearer a b',
      'Bearer abc',
      `Bearer ${token}`,
      `Bearer ${token}, Bearer ${token}`,
    ];
    for (const authorization of values)
      expect(await castellan.authenticate({ headers: { authorization } })).toMatchObject({
        status: 401,
        code: 'token_invalid',
      });
    expect(issuer.arrived).toEqual([]);
  });

  test('each reason of the platform has its status: sign in again, or known and refused', async () => {
    const statuses = {
      token_invalid: 401,
      token_expired: 401,
      session_ended: 401,
      account_deactivated: 403,
      not_member: 403,
    };
    for (const [code, status] of Object.entries(statuses)) {
      issuer.liveness = () => ({ active: false, code });
      expect(await castellan.authenticate(bearing(await issuer.token()))).toMatchObject({
        ok: false,
        status,
        code,
      });
    }
  });

  test('liveness is never remembered: the call after a revocation is refused', async () => {
    const token = await issuer.token();
    expect(await castellan.authenticate(bearing(token))).toMatchObject({ ok: true });
    issuer.liveness = () => ({ active: false, code: 'session_ended' });
    expect(await castellan.authenticate(bearing(token))).toMatchObject({ ok: false, code: 'session_ended' });
  });

  test('an answer about another session is a fault, and nobody’s access', async () => {
    const [mine, other] = [await issuer.token(), await issuer.token({ sub: 'other', sid: 'other-session' })];
    issuer.liveness = () => liveAs('owner')(other);
    expect(await castellan.authenticate(bearing(mine))).toMatchObject({ ok: false, status: 503 });
  });
});

describe('coalescing', () => {
  test('questions of one moment travel as one request, the same token once', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.token()));
    await castellan.authenticate(bearing(tokens[0]!));
    issuer.arrived.length = 0;
    const checks = await Promise.all([...tokens, ...tokens].map((token) => castellan.checkSession(token)));
    expect(checks).toHaveLength(40);
    expect(issuer.checks.map((request) => request.tokens.length)).toEqual([20]);
  });

  test('a question joins only a request that was not sent yet: it never gets an older answer', async () => {
    const token = await issuer.token();
    await castellan.verify(token);
    const hold = holdChecks();
    const first = castellan.authenticate(bearing(token));
    await hold.arrived(1);
    // The platform decided about the first question when it arrived; the session ends now.
    issuer.liveness = () => ({ active: false, code: 'session_ended' });
    const second = castellan.authenticate(bearing(token));
    await hold.arrived(2);
    hold.letGo();
    await Promise.all([first, second]);
    expect(await second).toMatchObject({ ok: false, code: 'session_ended' });
    expect(issuer.checks).toHaveLength(2);
  });

  test('while two requests are under way the rest gathers, in requests of at most 100', async () => {
    const tokens = await Promise.all(Array.from({ length: 252 }, () => issuer.token()));
    await castellan.verify(tokens[0]!);
    const hold = holdChecks();
    const asked = [castellan.checkSession(tokens[0]!)];
    await hold.arrived(1);
    asked.push(castellan.checkSession(tokens[1]!));
    await hold.arrived(2);
    for (const token of tokens.slice(2)) asked.push(castellan.checkSession(token));
    expect(issuer.checks).toHaveLength(2);
    issuer.intercept = () => false;
    hold.letGo();
    const checks = await Promise.all(asked);
    expect(checks.every(({ active }) => active)).toBe(true);
    expect(issuer.checks.map((request) => request.tokens.length)).toEqual([1, 1, 100, 100, 50]);
  });

  test('everybody gets the answer to their own question', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        issuer.token({ sub: `user-${index}`, sid: `session-${index}` }),
      ),
    );
    const outcomes = await Promise.all(tokens.map((token) => castellan.authenticate(bearing(token))));
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.principal.userId : 'refused'))).toEqual(
      tokens.map((_, index) => `user-${index}`),
    );
    expect(issuer.checks.length).toBeLessThan(60);
  });
});

describe('fail closed', () => {
  const faults: Record<string, () => void> = {
    silence: () => {
      issuer.intercept = ({ path }) => path === '/v1/sessions/check';
    },
    'a closed connection': () => {
      issuer.intercept = (_, response) => Boolean(response.destroy());
    },
    'status 500': () => {
      issuer.intercept = answering(500, {});
    },
    'a redirect': () => {
      issuer.intercept = answering(307, {}, { location: issuer.address });
    },
    'an answer that is not JSON': () => {
      issuer.intercept = (_, response) => Boolean(response.end('<html>'));
    },
    'too few answers': () => {
      issuer.intercept = answering(200, { results: [] });
    },
    'a yes without a person': () => {
      issuer.liveness = () => ({ active: true });
    },
    'a role that does not exist': () => {
      issuer.liveness = (token) => ({ ...liveAs()(token), workspace_role: 'god' });
    },
    'a refused service key': () => {
      issuer.intercept = answering(401, {});
    },
  };
  for (const [name, break_] of Object.entries(faults))
    test(`${name} is 503 with the time of the next try`, async () => {
      const token = await issuer.token();
      await castellan.verify(token);
      break_();
      const outcome = await castellan.authenticate(bearing(token));
      expect(outcome).toMatchObject({ ok: false, status: 503, code: 'unavailable', retryAfter: 1 });
      expect(JSON.stringify(outcome)).not.toContain(token);
      expect(String(!outcome.ok && outcome.cause?.stack)).not.toContain(token);
      expect(String(!outcome.ok && outcome.cause?.stack)).not.toContain(serviceKey);
    });

  test('one connection that broke is tried once more, for nothing was decided', async () => {
    const token = await issuer.token();
    await castellan.verify(token);
    let broken = false;
    issuer.intercept = (_, response) => {
      if (broken) return false;
      broken = true;
      response.destroy();
      return true;
    };
    expect(await castellan.authenticate(bearing(token))).toMatchObject({ ok: true });
  });

  test('questions behind two silent requests give up after the time-out too', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => issuer.token()));
    await castellan.verify(tokens[0]!);
    issuer.intercept = () => true;
    const started = Date.now();
    const asked: Promise<unknown>[] = [];
    for (const token of tokens) {
      asked.push(castellan.checkSession(token).catch((error) => error.code));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await Promise.all(asked)).toEqual(Array(5).fill('unavailable'));
    expect(Date.now() - started).toBeLessThan(1000);
  });
});
