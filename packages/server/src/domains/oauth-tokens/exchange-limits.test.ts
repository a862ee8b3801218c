import { sessionsCheck } from '@castellan/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, createTokenHouse, type TestClient, type TokenHouse } from '../../../test/token-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { allowCall, withdrawCall } from './service-calls.ts';

/** What an exchange (RFC 8693) does not hand on: names of scopes, freedom from a key, permission that was taken back. */

let house: TokenHouse;
const keys: Record<string, { authorization: string }> = {};
let web: TestClient;
let person: Awaited<ReturnType<TokenHouse['person']>>;

beforeAll(async () => {
  house = await createTokenHouse();
  for (const name of ['orders', 'billing']) keys[name] = bearer(await house.service(name));
  await house.query(
    `UPDATE services SET scopes = '[{"name":"write","description":"Change orders"},{"name":"read","description":""}]' WHERE name = 'orders'`,
  );
  await house.query(
    `UPDATE services SET scopes = '[{"name":"read","description":"See bills"},{"name":"pay","description":""}]' WHERE name = 'billing'`,
  );
  web = await house.client('orders');
});
afterAll(() => house.close());
beforeEach(async () => {
  person = await house.person();
  await house.letCall('orders', 'billing');
});

const exchange = (subject: string, form: Record<string, string> = {}, headers = keys.orders!) =>
  house.post(
    '/oauth/token',
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'billing',
      ...form,
    },
    headers,
  );
const introspect = async (token: string) =>
  (await house.post('/oauth/introspect', { token }, keys.billing)).body;
const grant = (scopes: string[]) => house.grant(person, web, 'orders', { scopes });

describe('scopes across services', () => {
  it('only those that the other service knows go along: its "write" would be another one', async () => {
    const { accessToken } = await grant(['openid', 'offline_access', 'read', 'write']);
    const { body } = await exchange(accessToken);
    expect(body.scope).toBe('openid read');
    expect((await introspect(body.access_token as string)).scope).toBe('openid read');
  });

  it('what it does not know can not be asked for, and what the token does not hold neither', async () => {
    const { accessToken } = await grant(['read', 'write']);
    expect((await exchange(accessToken, { scope: 'read' })).body.scope).toBe('read');
    expect((await exchange(accessToken, { scope: 'write' })).body).toEqual({
      error: 'invalid_scope',
      error_description: 'scope names more than billing knows',
    });
    expect((await exchange(accessToken, { scope: 'pay' })).body.error).toBe('invalid_scope');
  });

  it('where none is left, the token names none', async () => {
    const { body } = await exchange((await grant(['write'])).accessToken);
    expect(body.access_token).toBeDefined();
    expect(body.scope).toBeUndefined();
  });
});

describe('a service that may have some scopes only at the other one', () => {
  const limit = async (scopes: string[] | null) => {
    const [orders, billing] = [await house.serviceId('orders'), await house.serviceId('billing')];
    await house.platform.database.write(systemOrigin, (tx) =>
      allowCall(tx, { id: orders, name: 'orders' }, { id: billing, name: 'billing' }, scopes),
    );
  };

  it('gets no other, whatever the person’s token allows; to ask for more is refused', async () => {
    const { accessToken } = await grant(['openid', 'email', 'read', 'pay']);
    await limit(['openid', 'read']);
    const { body } = await exchange(accessToken);
    expect(body.scope).toBe('openid read');
    expect((await introspect(body.access_token as string)).scope).toBe('openid read');
    expect((await exchange(accessToken, { scope: 'read' })).body.scope).toBe('read');
    expect((await exchange(accessToken, { scope: 'read pay' })).body).toEqual({
      error: 'invalid_scope',
      error_description: 'scope names more than this service may have at billing',
    });
    await limit([]);
    expect((await exchange(accessToken)).body.scope).toBeUndefined();
    await limit(null);
    expect((await exchange(accessToken)).body.scope).toBe('openid email read pay');
  });

  it('the same for its own token (client credentials)', async () => {
    const machine = await house.client('orders', {
      grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    });
    await house.query(`UPDATE clients SET allowed_scopes = '{read,pay}' WHERE id = $1`, [machine.id]);
    const own = await house.post(
      '/oauth/token',
      { grant_type: 'client_credentials', scope: 'read pay' },
      machine.basic,
    );
    await limit(['pay']);
    const { body } = await exchange(own.body.access_token as string, {}, machine.basic);
    expect(body.scope).toBe('pay');
    expect(await introspect(body.access_token as string)).toMatchObject({ active: true, scope: 'pay' });
    await limit(null);
  });
});

it('a token that is bound to a key (RFC 9449) is exchanged for none that anybody could use', async () => {
  const { accessToken } = await house.grant(person, web, 'orders', {
    scopes: ['read'],
    claims: { cnf: { jkt: 'thumbprint' } },
  });
  const { status, body } = await exchange(accessToken);
  expect([status, body.error]).toEqual([400, 'invalid_request']);
  expect(body.error_description).toContain('subject_token is bound to a key');
});

it('a service’s own token for another one ends with its permission to call it, at introspection and check', async () => {
  const own = await house.client('orders');
  const { body } = await exchange(house.ownToken(own, 'orders'), {}, own.basic);
  const token = body.access_token as string;
  const check = async () =>
    (await house.caller(keys.billing).call(sessionsCheck, { body: { tokens: [token] } })).result.results[0];
  expect((await introspect(token)).active).toBe(true);
  const [orders, billing] = [await house.serviceId('orders'), await house.serviceId('billing')];
  await house.platform.database.write(systemOrigin, (tx) =>
    withdrawCall(tx, { id: orders, name: 'orders' }, { id: billing, name: 'billing' }),
  );
  expect(await introspect(token)).toEqual({ active: false });
  expect(await check()).toMatchObject({ active: false });
});
