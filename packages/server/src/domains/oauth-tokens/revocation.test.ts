import { activityList, refresh, sessionsCheck } from '@castellan/contract';
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

const revoke = (token: string, headers: Record<string, string> = orders) =>
  house.post('/oauth/revoke', { token }, headers);
const isActive = async (token: string, headers: Record<string, string> = orders) =>
  (await house.post('/oauth/introspect', { token }, headers)).body.active;

describe('a refresh token ends its grant, with all that was issued under it (RFC 7009 §2.1)', () => {
  it('of an OAuth grant, for the client that it was given to', async () => {
    const { accessToken, refreshToken, grantId } = await house.grant(await house.person(), web, 'orders');
    expect(await isActive(accessToken)).toBe(true);
    expect(await revoke(refreshToken, web.basic)).toMatchObject({ status: 200, body: {} });
    expect(await isActive(accessToken)).toBe(false);
    expect(await isActive(refreshToken, web.basic)).toBe(false);
    const [row] = await house.query<{ ended_reason: string }>(
      'SELECT ended_reason FROM grants WHERE id = $1',
      [grantId],
    );
    expect(row!.ended_reason).toBe('revoked');
  });

  it('of a session, for the service that signed the person in', async () => {
    const { accessToken, refreshToken } = await house.signIn(await house.person(), 'orders');
    expect((await revoke(refreshToken)).status).toBe(200);
    expect(await isActive(accessToken)).toBe(false);
    expect((await house.caller().call(refresh, { body: { refreshToken } })).code).toBe('session_ended');
  });

  it('and no other grant of the same person and client: two devices do not end each other', async () => {
    const person = await house.person();
    const [one, two] = [await house.grant(person, web, 'orders'), await house.grant(person, web, 'orders')];
    await revoke(one.refreshToken, web.basic);
    expect(await isActive(one.accessToken)).toBe(false);
    expect(await isActive(two.accessToken)).toBe(true);
  });

  it('by a public client, which only says its name', async () => {
    const open = await house.client('orders', { method: 'none' });
    const { accessToken, refreshToken } = await house.grant(await house.person(), open, 'orders');
    expect(
      (await house.post('/oauth/revoke', { token: refreshToken, client_id: open.clientId })).status,
    ).toBe(200);
    expect(await isActive(accessToken)).toBe(false);
  });
});

describe('an access token ends alone', () => {
  it('of an OAuth client, and its grant stands', async () => {
    const { accessToken, refreshToken } = await house.grant(await house.person(), web, 'orders');
    expect((await revoke(accessToken, web.basic)).status).toBe(200);
    expect(await isActive(accessToken)).toBe(false);
    expect(await isActive(refreshToken, web.basic)).toBe(true);
    const checked = await house.caller(orders).call(sessionsCheck, { body: { tokens: [accessToken] } });
    expect(checked.result.results).toEqual([{ active: false, code: 'session_ended' }]);
  });

  it('of a sign-in, and of a service itself', async () => {
    const { accessToken } = await house.signIn(await house.person(), 'orders');
    const own = house.ownToken(web, 'orders');
    await revoke(accessToken);
    await revoke(own, web.basic);
    expect(await isActive(accessToken)).toBe(false);
    expect(await isActive(own)).toBe(false);
  });

  it('twice is once, and the timeline tells of it once', async () => {
    const person = await house.person({ name: 'Rita Revoked' });
    const { accessToken } = await house.grant(person, web, 'orders');
    await Promise.all(Array.from({ length: 5 }, () => revoke(accessToken, web.basic)));
    await house.platform.settled();
    const admin = await house.administrator();
    const { items } = (await admin.call(activityList, { query: { action: 'access_token_revoked' } as never }))
      .result;
    expect(items.filter(({ target }) => target.id === person.id)).toHaveLength(1);
  });
});

describe('somebody else’s token is left as it is, and nobody is told (RFC 7009 §2.2)', () => {
  it('of another client, another service, the service that it is for', async () => {
    const person = await house.person();
    const { accessToken, refreshToken } = await house.grant(person, web, 'orders');
    const session = await house.signIn(person, 'orders');
    const other = await house.client('orders');
    const answers = await Promise.all([
      revoke(refreshToken, other.basic),
      revoke(refreshToken, billing),
      revoke(refreshToken, orders),
      revoke(accessToken, other.basic),
      revoke(accessToken, orders),
      revoke(session.refreshToken, billing),
      revoke(session.accessToken, billing),
      revoke('crt_unknown', other.basic),
      revoke('nothing of ours', other.basic),
    ]);
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await isActive(accessToken)).toBe(true);
    expect(await isActive(refreshToken, web.basic)).toBe(true);
    expect(await isActive(session.accessToken)).toBe(true);
    expect(await isActive(session.refreshToken)).toBe(true);
  });

  it('a public client can not end a sign-in of its service by its mere name', async () => {
    const open = await house.client('orders', { method: 'none' });
    const { accessToken } = await house.signIn(await house.person(), 'orders');
    await house.post('/oauth/revoke', { token: accessToken, client_id: open.clientId });
    expect(await isActive(accessToken)).toBe(true);
  });
});

it('refuses whoever does not prove who it is, and a request without a token', async () => {
  expect(await house.post('/oauth/revoke', { token: 'x' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_request' },
  });
  expect(await revoke('x', bearer('sk_wrong'))).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect(await house.post('/oauth/revoke', {}, orders)).toMatchObject({
    status: 400,
    body: { error: 'invalid_request', error_description: 'token is missing' },
  });
});

it('pages of any origin may call it, without cookies', async () => {
  const asked = await house.platform.publicListener.inject({
    method: 'OPTIONS',
    url: '/oauth/revoke',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(asked.statusCode).toBe(204);
  expect(asked.headers['access-control-allow-origin']).toBe('*');
  expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
});
