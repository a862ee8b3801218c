import { sessionsCheck } from '@castellan/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, createTokenHouse, type TestClient, type TokenHouse } from '../../../test/token-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { endGrants } from '../grants/grant-store.ts';
import { withdrawCall } from './service-calls.ts';

let house: TokenHouse;
const keys: Record<string, { authorization: string }> = {};
let web: TestClient;
let token: string;
let person: Awaited<ReturnType<TokenHouse['person']>>;
let grantId: string;

const services = ['shop', 'orders', 'billing', 'mail', 'closed'];
beforeAll(async () => {
  house = await createTokenHouse();
  for (const name of services) keys[name] = bearer(await house.service(name));
  await house.letCall('shop', 'orders');
  await house.letCall('orders', 'billing');
  await house.letCall('orders', 'mail');
  await house.letCall('billing', 'mail');
  await house.query(
    `UPDATE services SET resource_uri = 'https://billing.example/api' WHERE name = 'billing'`,
  );
  await house.query(
    `UPDATE services SET scopes = '[{"name":"a","description":""},{"name":"b","description":""}]' WHERE name IN ('billing', 'mail')`,
  );
  web = await house.client('orders');
});
afterAll(() => house.close());
beforeEach(async () => {
  person = await house.person();
  ({ accessToken: token, grantId } = await house.grant(person, web, 'orders', {
    scopes: ['openid', 'a', 'b'],
  }));
});

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessType = 'urn:ietf:params:oauth:token-type:access_token';
const basic = () => ({ grant_type: grantType, subject_token: token, subject_token_type: accessType });
const exchange = (form: Record<string, string>, headers: Record<string, string> = keys.orders!) =>
  house.post('/oauth/token', { ...basic(), ...form }, headers);
const introspect = async (asked: string, by: string) =>
  (await house.post('/oauth/introspect', { token: asked }, keys[by])).body;
const given = async (form: Record<string, string>, headers?: Record<string, string>): Promise<string> => {
  const { status, body } = await exchange(form, headers);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.access_token as string;
};
const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());

describe('a service that was called in a person’s name calls on (RFC 8693)', () => {
  it('with a token for the other service that names both', async () => {
    const answer = await exchange({ audience: 'billing' });
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: accessType,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'openid a b',
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const next = answer.body.access_token as string;
    expect(await introspect(next, 'billing')).toMatchObject({
      active: true,
      sub: person.id,
      username: person.email,
      aud: 'billing',
      sid: grantId,
      client_id: 'orders',
      act: { sub: 'orders' },
      acr: 'aal1',
      amr: ['pwd'],
    });
    // It is of no use at the service that it came from, nor anywhere else.
    expect(await introspect(next, 'orders')).toEqual({ active: false });
    expect(await introspect(next, 'mail')).toEqual({ active: false });
    const checked = await house.caller(keys.billing).call(sessionsCheck, { body: { tokens: [next] } });
    expect(checked.result.results[0]).toMatchObject({ active: true, userId: person.id, actors: ['orders'] });
  });

  it('again and again: the chain of actors is in every token, the nearest outermost', async () => {
    const first = (await house.signIn(person, 'shop')).accessToken;
    const second = await given({ subject_token: first, audience: 'orders' }, keys.shop);
    const third = await given({ subject_token: second, audience: 'billing' }, keys.orders);
    const fourth = await given({ subject_token: third, audience: 'mail' }, keys.billing);
    expect((await introspect(fourth, 'mail')).act).toEqual({
      sub: 'billing',
      act: { sub: 'orders', act: { sub: 'shop' } },
    });
    const checked = await house.caller(keys.mail).call(sessionsCheck, { body: { tokens: [fourth] } });
    expect(checked.result.results[0]).toMatchObject({ actors: ['billing', 'orders', 'shop'] });
  });

  it('by key or by client; the client is named in the chain', async () => {
    const own = await house.client('orders');
    const next = await given({ audience: 'billing' }, own.basic);
    expect(await introspect(next, 'billing')).toMatchObject({
      client_id: own.clientId,
      act: { sub: 'orders', client_id: own.clientId },
    });
  });

  it('with an actor_token that says as which client it acts', async () => {
    const own = await house.client('orders');
    const next = await given({
      audience: 'billing',
      actor_token: house.ownToken(own, 'orders'),
      actor_token_type: accessType,
    });
    expect((await introspect(next, 'billing')).act).toEqual({ sub: 'orders', client_id: own.clientId });
  });

  it('names the other service by its address as well', async () => {
    for (const form of [
      { resource: 'https://billing.example/api' },
      { resource: 'https://billing.example/api/' },
      { resource: 'urn:castellan:service:billing' },
      { audience: 'https://billing.example/api' },
      { audience: 'billing', resource: 'https://billing.example/api' },
    ] as Record<string, string>[])
      expect(claimsOf(await given(form)).aud).toBe('billing');
  });

  it('for itself: its own token becomes one for the other service, without an actor', async () => {
    const own = await house.client('orders');
    const next = await given(
      { subject_token: house.ownToken(own, 'orders'), audience: 'billing' },
      own.basic,
    );
    const told = await introspect(next, 'billing');
    expect(told).toMatchObject({ active: true, sub: own.clientId, client_id: own.clientId, aud: 'billing' });
    expect(told.act).toBeUndefined();
    await house.query('UPDATE clients SET ended_at = now() WHERE id = $1', [own.id]);
    expect(await introspect(next, 'billing')).toEqual({ active: false });
  });
});

describe('an exchanged token is never more than the one it came from', () => {
  it('narrows the scope, and refuses to widen it', async () => {
    expect(claimsOf(await given({ audience: 'billing', scope: 'b' })).scope).toBe('b');
    const narrow = await given({ audience: 'billing', scope: 'b' });
    const again = (scope: string) =>
      house.post(
        '/oauth/token',
        { ...basic(), subject_token: narrow, audience: 'mail', scope },
        keys.billing,
      );
    expect((await again('a')).body.error).toBe('invalid_scope');
    expect((await exchange({ audience: 'billing', scope: 'a c' })).body).toEqual({
      error: 'invalid_scope',
      error_description: 'scope names more than subject_token allows',
    });
    const { accessToken } = await house.signIn(person, 'orders');
    expect((await exchange({ subject_token: accessToken, audience: 'billing', scope: 'a' })).body.error).toBe(
      'invalid_scope',
    );
  });

  it('does not get back what the person took from the grant meanwhile', async () => {
    await house.query(`UPDATE grants SET scopes = '{openid,a}' WHERE id = $1`, [grantId]);
    expect(claimsOf(await given({ audience: 'billing' })).scope).toBe('openid a');
  });

  it('lives no longer than the token, however often it is exchanged, nor than the grant', async () => {
    const subject = claimsOf(token);
    house.clock.pass(600);
    const next = await given({ audience: 'billing' });
    expect(claimsOf(next).exp).toBe(subject.exp);
    expect(claimsOf(await given({ subject_token: next, audience: 'mail' }, keys.billing)).exp).toBe(
      subject.exp,
    );
    const { accessToken, grantId: short } = await house.grant(person, web, 'orders');
    const end = new Date(Math.floor(house.clock.now().getTime() / 1000) * 1000 + 60_000);
    await house.query('UPDATE grants SET expires_at = $2 WHERE id = $1', [short, end]);
    expect(claimsOf(await given({ subject_token: accessToken, audience: 'billing' })).exp).toBe(
      end.getTime() / 1000,
    );
  });

  it('dies with its source grant, however many exchanges away', async () => {
    const next = await given({ audience: 'billing' });
    const last = await given({ subject_token: next, audience: 'mail' }, keys.billing);
    await house.platform.database.write(systemOrigin, (tx) => endGrants(tx, { grantId }, 'signed_out'));
    expect(await introspect(next, 'billing')).toEqual({ active: false });
    expect(await introspect(last, 'mail')).toEqual({ active: false });
    expect((await exchange({ audience: 'billing' })).body.error).toBe('invalid_request');
  });

  it('dies with the client that acts, and when the one service may not call the other any more', async () => {
    const own = await house.client('orders');
    const byClient = await given({ audience: 'billing' }, own.basic);
    await house.query('UPDATE clients SET ended_at = now() WHERE id = $1', [own.id]);
    expect(await introspect(byClient, 'billing')).toEqual({ active: false });
    await house.letCall('shop', 'mail');
    const next = await given(
      { subject_token: (await house.signIn(person, 'shop')).accessToken, audience: 'mail' },
      keys.shop,
    );
    expect((await introspect(next, 'mail')).active).toBe(true);
    const [shop, mail] = [await house.serviceId('shop'), await house.serviceId('mail')];
    await house.platform.database.write(systemOrigin, (tx) =>
      withdrawCall(tx, { id: shop, name: 'shop' }, { id: mail, name: 'mail' }),
    );
    expect(await introspect(next, 'mail')).toEqual({ active: false });
  });

  it('can be revoked by who exchanged it, alone', async () => {
    const next = await given({ audience: 'billing' });
    await house.post('/oauth/revoke', { token: next }, keys.billing);
    expect((await introspect(next, 'billing')).active).toBe(true);
    await house.post('/oauth/revoke', { token: next }, keys.orders);
    expect(await introspect(next, 'billing')).toEqual({ active: false });
    expect((await introspect(token, 'orders')).active).toBe(true);
  });
});

describe('is refused with the code of the RFC, naming the parameter', () => {
  const refused: Record<
    string,
    [string, string, () => Promise<Record<string, string>> | Record<string, string>]
  > = {
    'no subject_token': [
      'invalid_request',
      'subject_token',
      () => ({ subject_token: '', audience: 'billing' }),
    ],
    'no subject_token_type': [
      'invalid_request',
      'subject_token_type',
      () => ({ subject_token_type: '', audience: 'billing' }),
    ],
    'another subject_token_type': [
      'invalid_request',
      'subject_token_type',
      () => ({ subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token', audience: 'billing' }),
    ],
    'another requested_token_type': [
      'invalid_request',
      'requested_token_type',
      () => ({ requested_token_type: 'urn:ietf:params:oauth:token-type:id_token', audience: 'billing' }),
    ],
    'no target': ['invalid_request', 'audience', () => ({})],
    'an unknown target': ['invalid_target', 'audience', () => ({ audience: 'nobody' })],
    'a service that it may not call': ['invalid_target', 'audience', () => ({ audience: 'closed' })],
    itself: ['invalid_target', 'audience', () => ({ audience: 'orders' })],
    'two targets': [
      'invalid_target',
      'audience',
      () => ({ audience: 'mail', resource: 'https://billing.example/api' }),
    ],
    'a resource with a fragment': [
      'invalid_target',
      'resource',
      () => ({ resource: 'https://billing.example/api#x' }),
    ],
    'a relative resource': ['invalid_target', 'resource', () => ({ resource: '/api' })],
    'a subject_token for another service': [
      'invalid_request',
      'subject_token',
      async () => ({
        subject_token: (await house.signIn(person, 'billing')).accessToken,
        audience: 'billing',
      }),
    ],
    'a refresh token': [
      'invalid_request',
      'subject_token',
      async () => ({
        subject_token: (await house.signIn(person, 'orders')).refreshToken,
        audience: 'billing',
      }),
    ],
    'a forged subject_token': [
      'invalid_request',
      'subject_token',
      () => ({ subject_token: `${token}x`, audience: 'billing' }),
    ],
    'an actor_token without its type': [
      'invalid_request',
      'actor_token',
      () => ({ audience: 'billing', actor_token: 'x' }),
    ],
    'a person as actor': [
      'invalid_request',
      'actor_token',
      () => ({ audience: 'billing', actor_token: token, actor_token_type: accessType }),
    ],
    'another service as actor': [
      'invalid_request',
      'actor_token',
      async () => ({
        audience: 'billing',
        actor_token: house.ownToken(await house.client('billing'), 'orders'),
        actor_token_type: accessType,
      }),
    ],
    'a malformed scope': ['invalid_scope', 'scope', () => ({ audience: 'billing', scope: 'a  b' })],
  };
  for (const [name, [code, named, form]] of Object.entries(refused))
    it(`${name}: ${code}`, async () => {
      const { status, body } = await exchange(await form());
      expect(status).toBe(400);
      expect(body.error).toBe(code);
      expect(body.error_description).toContain(named);
    });

  it('a client that was not registered for it, one without a service, one without a secret', async () => {
    const plain = await house.client('orders', { grantTypes: ['authorization_code'] });
    expect((await exchange({ audience: 'billing' }, plain.basic)).body.error).toBe('unauthorized_client');
    const homeless = await house.client(null);
    expect((await exchange({ audience: 'billing' }, homeless.basic)).body.error).toBe('unauthorized_client');
    const open = await house.client('orders', { method: 'none' });
    expect(
      await house.post('/oauth/token', { ...basic(), audience: 'billing', client_id: open.clientId }),
    ).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('two services that call each other without end', async () => {
    await house.letCall('mail', 'orders');
    let current = token;
    const path = ['mail', 'orders'];
    let refusedAfter = 0;
    for (let turn = 0; turn < 12; turn++) {
      const from = turn % 2 === 0 ? 'orders' : 'mail';
      const answer = await exchange({ subject_token: current, audience: path[turn % 2]! }, keys[from]);
      if (answer.status !== 200) break;
      current = answer.body.access_token as string;
      refusedAfter = turn + 1;
    }
    expect(refusedAfter).toBe(8);
  });
});
