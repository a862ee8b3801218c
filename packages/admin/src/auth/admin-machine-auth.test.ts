import { createHmac, sign as signWith } from 'node:crypto';
import { IntentRouter } from '@castellan/intents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallOptions, call, newKey, openShop, type Shop, tokenFor } from '../../test/shop/shop.ts';
import { adminMachineAuth } from './admin-machine-auth.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const list = { model: 'Order', action: 'list', limit: 1 };
const now = () => Math.floor(Date.now() / 1000);
const jwk = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token whose header is written by hand, rightly signed. */
function written(header: string): string {
  const [, payload] = tokenFor(shop.issuer, JSON.stringify(list)).split('.');
  const input = `${Buffer.from(header).toString('base64url')}.${payload}`;
  const { privateKey } = shop.issuer.key;
  return `${input}.${signWith(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

describe('an admin token is checked in full (A5)', () => {
  it('a good one works', async () => {
    expect((await shop.call(list)).status).toBe(200);
    expect((await shop.document()).status).toBe(200);
  });

  const refused: readonly [string, () => CallOptions, code: string, reason?: string][] = [
    ['of another issuer', () => ({ claims: { iss: 'https://evil.example' } }), 'TOKEN_INVALID', 'issuer'],
    ['for another service', () => ({ claims: { aud: 'billing' } }), 'TOKEN_INVALID', 'audience'],
    ['for several services', () => ({ claims: { aud: ['shop', 'x'] } }), 'TOKEN_INVALID', 'claims'],
    [
      'of the algorithm none',
      () => ({ header: { alg: 'none' }, sign: () => '' }),
      'TOKEN_INVALID',
      'malformed',
    ],
    [
      'of the algorithm none, with a signature',
      () => ({ header: { alg: 'none' } }),
      'TOKEN_INVALID',
      'algorithm',
    ],
    [
      'of an HMAC with the public key',
      () => ({
        header: { alg: 'HS256' },
        sign: (input, { x }) =>
          createHmac('sha256', Buffer.from(x, 'base64url')).update(input).digest('base64url'),
      }),
      'TOKEN_INVALID',
      'algorithm',
    ],
    ['of another type', () => ({ header: { typ: 'JWT' } }), 'TOKEN_INVALID', 'type'],
    ['that is an access token of a person', () => ({ header: { typ: 'at+jwt' } }), 'WRONG_SURFACE'],
    [
      'that brings its own key',
      () => ({ key: newKey(), header: { jwk: jwk(newKey().x) } }),
      'TOKEN_INVALID',
      'malformed',
    ],
    [
      'that says where keys are',
      () => ({ header: { jku: 'https://evil.example/keys' } }),
      'TOKEN_INVALID',
      'malformed',
    ],
    [
      'with a critical extension',
      () => ({ header: { crit: ['b64'], b64: false } }),
      'TOKEN_INVALID',
      'malformed',
    ],
    ['by a key that is not known', () => ({ key: newKey() }), 'TOKEN_INVALID', 'key'],
    [
      'by another key under a known id',
      () => ({ key: { ...newKey(), kid: shop.issuer.key.kid } }),
      'TOKEN_INVALID',
      'signature',
    ],
    ['that has ended', () => ({ claims: { iat: now() - 120, exp: now() - 60 } }), 'TOKEN_EXPIRED'],
    ['that lives too long', () => ({ claims: { exp: now() + 61 + 1 } }), 'TOKEN_INVALID', 'life'],
    [
      'of the future',
      () => ({ claims: { iat: now() + 90, exp: now() + 120 } }),
      'TOKEN_INVALID',
      'issued_in_future',
    ],
    ['before its time', () => ({ claims: { nbf: now() + 60 } }), 'TOKEN_INVALID', 'not_yet_valid'],
    ['without an end', () => ({ claims: { exp: undefined } }), 'TOKEN_INVALID', 'claims'],
    [
      'with an end that is a text',
      () => ({ claims: { exp: String(now() + 60) } }),
      'TOKEN_INVALID',
      'claims',
    ],
    ['without an id', () => ({ claims: { jti: undefined } }), 'TOKEN_INVALID', 'claims'],
    ['without an operator', () => ({ claims: { sub: undefined } }), 'TOKEN_INVALID', 'claims'],
    ['with an unknown role', () => ({ role: 'root' }), 'TOKEN_INVALID', 'role'],
    ['with a role of every object', () => ({ role: 'constructor' }), 'TOKEN_INVALID', 'role'],
    ['without a role', () => ({ claims: { role: undefined } }), 'TOKEN_INVALID', 'role'],
    ['bound to a key', () => ({ claims: { cnf: { jkt: 'x' } } }), 'TOKEN_INVALID', 'claims'],
    [
      'for another body',
      () => ({ bodySent: JSON.stringify({ ...list, limit: 2 }) }),
      'TOKEN_INVALID',
      'body',
    ],
    [
      'for a body with one space less',
      () => ({ bodySent: `${JSON.stringify(list)} ` }),
      'TOKEN_INVALID',
      'body',
    ],
    ['for GET', () => ({ claims: { method: 'GET' } }), 'TOKEN_INVALID', 'method'],
    [
      'of another click',
      () => ({ headers: { 'x-correlation-id': 'another-click' } }),
      'TOKEN_INVALID',
      'correlation_id',
    ],
    ['without a click', () => ({ claims: { correlation_id: undefined } }), 'TOKEN_INVALID', 'correlation_id'],
    [
      'with a click of two lines',
      () => ({ claims: { correlation_id: 'click\nsecond line' } }),
      'TOKEN_INVALID',
      'correlation_id',
    ],
    ['with an actor that is none', () => ({ claims: { act: 'x' } }), 'TOKEN_INVALID', 'claims'],
    [
      'with an approval that is none',
      () => ({ claims: { approval: { id: 'x' } } }),
      'TOKEN_INVALID',
      'claims',
    ],
    ['that is too long', () => ({ claims: { more: 'x'.repeat(9000) } }), 'TOKEN_INVALID', 'malformed'],
    ['that is none', () => ({ token: 'a.b.c' }), 'TOKEN_INVALID', 'malformed'],
    ['of an unfinished Bearer', () => ({ headers: { authorization: 'Bearer' } }), 'UNAUTHENTICATED'],
    ['of another scheme', () => ({ headers: { authorization: 'Basic dTpw' } }), 'UNAUTHENTICATED'],
  ];

  it.each(refused)('one %s is refused', async (_, how, code, reason) => {
    const answer = await shop.call(list, how());
    expect([answer.code, (answer.error?.details as { reason?: string } | undefined)?.reason]).toEqual([
      code,
      reason,
    ]);
    expect(answer.status).toBe(code === 'WRONG_SURFACE' ? 403 : 401);
  });

  it.each([
    [
      'a member twice',
      (kid: string) => `{"alg":"EdDSA","typ":"castellan-admin+jwt","kid":"x","kid":"${kid}"}`,
    ],
    ['spaces', (kid: string) => `{"alg": "EdDSA","typ":"castellan-admin+jwt","kid":"${kid}"}`],
    ['no object', () => '["EdDSA"]'],
    ['null', () => 'null'],
    ['a mark before it', (kid: string) => `\ufeff{"alg":"EdDSA","typ":"castellan-admin+jwt","kid":"${kid}"}`],
  ])('a header with %s is refused', async (_, header) => {
    const answer = await shop.call(list, { token: written(header(shop.issuer.key.kid)) });
    expect(answer.code).toBe('TOKEN_INVALID');
  });

  it('a second spelling of the same signature is refused', async () => {
    const token = tokenFor(shop.issuer, JSON.stringify(list));
    // The last character of 64 bytes in base64url has four bits to spare.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(token.at(-1)!);
    const other = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last ^ 1]!;
    expect((await shop.call(list, { token: token.slice(0, -1) + other })).code).toBe('TOKEN_INVALID');
  });

  it('clocks may differ by 30 seconds, and no more', async () => {
    const code = async (iat: number) => (await shop.call(list, { claims: { iat, exp: iat + 60 } })).code;
    expect(await code(now() + 25)).toBeUndefined();
    expect(await code(now() - 85)).toBeUndefined();
    expect(await code(now() + 35)).toBe('TOKEN_INVALID');
    expect(await code(now() - 95)).toBe('TOKEN_EXPIRED');
  });

  it('the document asks for a token of its own: for GET, and for no body', async () => {
    expect((await shop.document({ claims: { method: 'POST' } })).code).toBe('TOKEN_INVALID');
    expect((await shop.document({ claims: { body_sha256: 'A'.repeat(43) } })).code).toBe('TOKEN_INVALID');
    expect((await shop.document({ token: 'a.b.c' })).code).toBe('TOKEN_INVALID');
    expect((await shop.document({ token: `${encode({ alg: 'none', typ: 'JWT' })}.e30.` })).status).toBe(401);
  });

  it('admin tokens work at no other surface', async () => {
    for (const surface of [shop.standard, shop.machine, shop.legacyAdmin])
      expect((await call(surface, shop.issuer, { model: 'User', action: 'list' })).code).toBe(
        'WRONG_SURFACE',
      );
  });
});

describe('a token of a write works once, in whatever process', () => {
  const update = async (note: string) => {
    const { data } = await shop.call({ model: 'Order', action: 'list', limit: 1 });
    const id = data.items[0].id as string;
    const { version } = (await shop.call({ model: 'Order', action: 'read', id })).data;
    return { model: 'Order', action: 'update', id, payload: { values: { note }, version } };
  };

  it('its second use is TOKEN_REPLAYED, at another process too', async () => {
    const intent = await update('first');
    const token = tokenFor(shop.issuer, JSON.stringify(intent));
    expect((await shop.call(intent, { token })).status).toBe(200);
    for (const surface of [shop.admin, shop.anotherProcess()]) {
      const again = await call(surface, shop.issuer, intent, { token });
      expect([again.status, again.code]).toEqual([401, 'TOKEN_REPLAYED']);
    }
  });

  it('of ten uses at the same moment in two processes one works', async () => {
    const intent = await update('at once');
    const token = tokenFor(shop.issuer, JSON.stringify(intent));
    const surfaces = [shop.admin, shop.anotherProcess()];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => call(surfaces[n % 2]!, shop.issuer, intent, { token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'TOKEN_REPLAYED']));
  });

  it('the same id of a token in another token is a replay as well', async () => {
    const claims = { jti: 'one-id-for-two-tokens' };
    expect((await shop.call(await update('a'), { claims })).status).toBe(200);
    expect((await shop.call(await update('b'), { claims })).code).toBe('TOKEN_REPLAYED');
  });

  it('what was refused has used nothing up, and what reads is not recorded', async () => {
    const intent = await update('later');
    const stale = { ...intent, payload: { ...intent.payload, version: 'old' } };
    const claims = { jti: 'refused-and-then-used' };
    expect((await shop.call(stale, { claims })).code).toBe('CONFLICT');
    expect((await shop.call(intent, { claims })).status).toBe(200);
    const { rows: before } = await shop.database.pool.query(
      'SELECT count(*) FROM castellan_admin_seen_tokens',
    );
    await shop.call(list);
    const { rows: after } = await shop.database.pool.query(
      'SELECT count(*) FROM castellan_admin_seen_tokens',
    );
    expect(after).toEqual(before);
  });

  it('is remembered until its end and the difference of clocks, and then forgotten', async () => {
    const { rows } = await shop.database.pool.query(
      'SELECT min(expires_at)::int AS least, max(expires_at)::int AS most FROM castellan_admin_seen_tokens',
    );
    expect(rows[0].least).toBeGreaterThanOrEqual(now() + 60);
    expect(rows[0].most).toBeLessThanOrEqual(now() + 60 + 31);
    await shop.database.pool.query('UPDATE castellan_admin_seen_tokens SET expires_at = 5');
    expect((await call(shop.anotherProcess(), shop.issuer, await update('clean'))).status).toBe(200);
    const { rows: left } = await shop.database.pool.query(
      'SELECT count(*)::int AS n FROM castellan_admin_seen_tokens',
    );
    expect(left[0].n).toBe(1);
  });
});

describe('the platform’s keys', () => {
  it('a new one works on its first call, and known ones while the platform is away', async () => {
    const key = newKey();
    shop.issuer.publish(key);
    expect((await shop.call(list, { key })).status).toBe(200);
    shop.issuer.isAway = true;
    try {
      expect((await shop.call(list, { key })).status).toBe(200);
      // An unknown one can't be told from a new one meanwhile: nobody is called a liar.
      const unknown = await shop.call(list, { key: newKey() });
      expect([unknown.status, unknown.code]).toEqual([503, 'UNAVAILABLE']);
    } finally {
      shop.issuer.isAway = false;
    }
  });

  it('invented key ids cause few reads', async () => {
    const other = await openShop();
    try {
      await other.call(list);
      const before = other.issuer.reads.keySet;
      for (let n = 0; n < 30; n++)
        expect((await other.call(list, { key: newKey() })).code).toBe('TOKEN_INVALID');
      expect(other.issuer.reads.keySet - before).toBeLessThanOrEqual(5);
    } finally {
      await other.close();
    }
  });
});

it('on a router without autoAdmin nobody gets in: nothing would gate them', async () => {
  const router = new IntentRouter();
  const surface = router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => null });
  expect((await call(surface, shop.issuer, list)).status).toBe(500);
});

it('another getUser than adminMachineAuth gets nobody in, whatever it says they are', async () => {
  const getUser = () => ({ id: 'x', role: 'owner', token: { id: 'x', expiresAt: new Date() } });
  const surface = shop.router.buildAdminMachine({ getUser, getDb: () => shop.db });
  expect((await call(surface, shop.issuer, list)).status).toBe(500);
});
