import { sessionsCheck } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, createTokenHouse, type TestClient, type TokenHouse } from '../../../test/token-house.ts';

let house: TokenHouse;
let orders: { authorization: string };
let billing: { authorization: string };
let web: TestClient;

beforeAll(async () => {
  house = await createTokenHouse();
  orders = bearer(await house.service('orders'));
  billing = bearer(await house.service('billing'));
  web = await house.client('orders');
});
afterAll(() => house.close());

const ask = (token: string, headers: Record<string, string> = orders) =>
  house.post('/oauth/introspect', { token }, headers);
const isActive = async (token: string, headers?: Record<string, string>) =>
  (await ask(token, headers)).body.active;

describe('an access token, introspected by the service that it is for (RFC 7662 §2.2)', () => {
  it('of a sign-in by the service itself', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const { accessToken, sessionId } = await house.signIn(person, 'orders');
    const answer = await ask(accessToken);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      active: true,
      iss: house.issuer,
      sub: person.id,
      aud: 'orders',
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
      token_type: 'Bearer',
      username: person.email,
      sid: sessionId,
      wid: workspace.id,
    });
  });

  it('of an OAuth client: with its scope, how and when the person signed in', async () => {
    const person = await house.person();
    const { accessToken, grantId } = await house.grant(person, web, 'orders');
    expect((await ask(accessToken)).body).toMatchObject({
      active: true,
      sub: person.id,
      client_id: web.clientId,
      scope: 'openid orders:read',
      sid: grantId,
      acr: 'aal1',
      amr: ['pwd'],
      auth_time: expect.any(Number),
    });
  });

  it('bound to a key (RFC 9449 §6.2): says which, so that the service can ask for the proof', async () => {
    const { accessToken } = await house.grant(await house.person(), web, 'orders', {
      claims: { cnf: { jkt: 'thumb' } },
    });
    expect((await ask(accessToken)).body).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: 'thumb' },
    });
    // The session check is not shown the proof, so it says no.
    const checked = await house.caller(orders).call(sessionsCheck, { body: { tokens: [accessToken] } });
    expect(checked.result.results).toEqual([{ active: false, code: 'token_invalid' }]);
  });

  it('of a service itself: no person', async () => {
    expect((await ask(house.ownToken(web, 'orders'))).body).toMatchObject({
      active: true,
      sub: web.clientId,
      client_id: web.clientId,
      aud: 'orders',
    });
  });

  it('names the scopes that the grant allows now, not those that the token was made with', async () => {
    const { accessToken, grantId } = await house.grant(await house.person(), web, 'orders');
    await house.query(`UPDATE grants SET scopes = '{openid}' WHERE id = $1`, [grantId]);
    expect((await ask(accessToken)).body.scope).toBe('openid');
  });

  it('may name the address of the service instead of its name', async () => {
    await house.query(
      `UPDATE services SET resource_uri = 'https://orders.example/mcp' WHERE name = 'orders'`,
    );
    const { accessToken } = await house.grant(await house.person(), web, 'orders', {
      claims: { aud: 'https://orders.example/mcp' },
    });
    expect(await isActive(accessToken)).toBe(true);
    expect(await isActive(accessToken, billing)).toBe(false);
  });
});

describe('a refresh token is told of to whom it was given', () => {
  it('by /auth/login: to the service', async () => {
    const person = await house.person();
    const { refreshToken, sessionId } = await house.signIn(person, 'orders');
    expect((await ask(refreshToken)).body).toEqual({
      active: true,
      iss: house.issuer,
      aud: house.issuer,
      sub: person.id,
      username: person.email,
      sid: sessionId,
      exp: expect.any(Number),
      iat: expect.any(Number),
    });
    expect((await ask(refreshToken, billing)).body).toEqual({ active: false });
  });

  it('by OAuth: to the client, and to no other client of the same service', async () => {
    const { refreshToken } = await house.grant(await house.person(), web, 'orders');
    expect((await ask(refreshToken, web.basic)).body).toMatchObject({
      active: true,
      client_id: web.clientId,
    });
    const other = await house.client('orders');
    expect((await ask(refreshToken, other.basic)).body).toEqual({ active: false });
    expect((await ask(refreshToken)).body).toEqual({ active: false });
  });

  it('of a client that belongs to no service', async () => {
    const own = await house.client(null);
    const { refreshToken, accessToken } = await house.grant(await house.person(), own, 'orders');
    expect(await isActive(refreshToken, own.basic)).toBe(true);
    // The access token is the service's to ask about.
    expect(await isActive(accessToken, own.basic)).toBe(false);
    expect(await isActive(accessToken)).toBe(true);
  });
});

describe('every other token is inactive, and nothing else is said', () => {
  const inactive: Record<string, () => Promise<string> | string> = {
    'for another service': async () => (await house.signIn(await house.person(), 'billing')).accessToken,
    'with a typo in its checksum': async () =>
      `${(await house.signIn(await house.person(), 'orders')).refreshToken.slice(0, -1)}!`,
    'an unknown refresh token': () => 'crt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'a service key': () => orders.authorization.slice(7),
    'a console session': async () => (await house.administrator()).cookie.split('=')[1]!,
    'no token at all': () => 'hello',
    'with a NUL in it': () => 'a\0b',
  };
  for (const [name, token] of Object.entries(inactive))
    it(name, async () => {
      const answer = await ask(await token());
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ active: false });
    });

  it('expired', async () => {
    const { accessToken } = await house.signIn(await house.person(), 'orders');
    house.clock.pass(901);
    expect((await ask(accessToken)).body).toEqual({ active: false });
  });

  it('a refresh token that was used', async () => {
    const { refreshToken } = await house.signIn(await house.person(), 'orders');
    const { refresh } = await import('@castellan/contract');
    const next = await house.caller().call(refresh, { body: { refreshToken } });
    expect(await isActive(refreshToken)).toBe(false);
    expect(await isActive(next.result.refreshToken)).toBe(true);
  });
});

describe('who may ask', () => {
  it('a client whose secret is kept, by Basic or in the form; a public client may not (RFC 7662 §2.1)', async () => {
    const { accessToken: token } = await house.grant(await house.person(), web, 'orders');
    expect((await ask(token, web.basic)).body.active).toBe(true);
    const posted = { token, client_id: web.clientId, client_secret: web.secret };
    expect((await house.post('/oauth/introspect', posted)).body.active).toBe(true);
    const open = await house.client('orders', { method: 'none' });
    expect(await house.post('/oauth/introspect', { token, client_id: open.clientId })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('refuses a request without a token, with two, with JSON, and says which parameter', async () => {
    expect(await house.post('/oauth/introspect', {}, orders)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'token is missing' },
    });
    expect(await house.post('/oauth/introspect', 'token=a&token=b', orders)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'token must be sent once' },
    });
    expect(
      await house.post('/oauth/introspect', '{"token":"a"}', {
        ...orders,
        'content-type': 'application/json',
      }),
    ).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

it('the caller and the token are read by one query', async () => {
  const { accessToken } = await house.grant(await house.person(), web, 'orders');
  const queriesOf = async (work: () => Promise<unknown>): Promise<number> =>
    (await house.queriesOf(work)).length;
  expect(await queriesOf(async () => expect(await isActive(accessToken, web.basic)).toBe(true))).toBe(1);
  // Those that wait at the same moment share one.
  expect(
    await queriesOf(() => Promise.all(Array.from({ length: 20 }, () => isActive(accessToken, web.basic)))),
  ).toBeLessThanOrEqual(4);
});

it('answers of a shared query reach those who asked: hundreds at once, of every kind, none mixed up', async () => {
  const people = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const person = await house.person();
      const client = await house.client('orders');
      const grant = await house.grant(person, client, 'orders');
      const session = await house.signIn(person, 'orders');
      return { person, client, grant, session };
    }),
  );
  const asked = Array.from({ length: 320 }, async (_, index) => {
    const { person, client, grant, session } = people[index % people.length]!;
    switch (index % 5) {
      case 0: {
        const { body } = await ask(grant.accessToken, client.basic);
        return [body.sub, body.client_id].join() === [person.id, client.clientId].join();
      }
      case 1: {
        const { body } = await ask(grant.refreshToken, client.basic);
        return [body.sub, body.sid].join() === [person.id, grant.grantId].join();
      }
      case 2: {
        const tokens = [session.accessToken, grant.accessToken];
        const { results } = (await house.caller(orders).call(sessionsCheck, { body: { tokens } })).result;
        return results.every((result) => result.active && result.userId === person.id);
      }
      case 3:
        return (await ask(grant.accessToken, billing)).body.active === false;
      default:
        return (
          (await ask(session.accessToken, { authorization: client.basic.authorization.slice(0, -3) }))
            .status >= 400
        );
    }
  });
  expect((await Promise.all(asked)).filter((right) => !right)).toEqual([]);
});

it('is answered by the state of the moment: a changed e-mail is the new username', async () => {
  const person = await house.person();
  const { accessToken } = await house.signIn(person, 'orders');
  await house.query(`UPDATE users SET email = 'renamed@example.com' WHERE id = $1`, [person.id]);
  expect((await ask(accessToken)).body.username).toBe('renamed@example.com');
});
