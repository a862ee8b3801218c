import { login, type SignedIn } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Castellan, createCastellan, UnavailableError } from './index.ts';
import { readIntrospection } from './introspection.ts';

let house: TestPlatform;
let castellan: Castellan;
let elsewhere: Castellan;

beforeAll(async () => {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  house = await createTestPlatform({ settings: { PUBLIC_URL: issuer } });
  await house.platform.publicListener.listen({ host: '127.0.0.1', port });
  const [orders, billing] = [await house.service('orders'), await house.service('billing')];
  castellan = createCastellan({ issuer, service: 'orders', serviceKey: orders });
  elsewhere = createCastellan({ issuer, service: 'billing', serviceKey: billing });
});
afterAll(() => house.close());

describe('introspect', () => {
  test('says what a token is now, to the service that it is for, until it ends', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const { email, password } = person;
    const { accessToken, sessionId }: SignedIn = (
      await house.caller().call(login, { body: { email, password, service: 'orders' } })
    ).result;
    expect(await castellan.introspect(accessToken)).toEqual({
      active: true,
      subject: person.id,
      kind: 'user',
      username: email,
      scopes: [],
      sessionId,
      workspaceId: workspace.id,
      actors: [],
      expiresAt: expect.any(Date),
    });
    expect(await elsewhere.introspect(accessToken)).toEqual({ active: false });
    await house.query('DELETE FROM members WHERE user_id = $1', [person.id]);
    expect(await castellan.introspect(accessToken)).toEqual({ active: false });
    expect(await castellan.introspect('nonsense')).toEqual({ active: false });
  });

  test('a wrong key is named for the operator', async () => {
    const wrong = createCastellan({
      issuer: castellan.issuer,
      service: 'orders',
      serviceKey: 'sk_wrong_key',
    });
    await expect(wrong.introspect('x')).rejects.toMatchObject({ code: 'service_key_refused' });
  });
});

describe('the answer reader', () => {
  const answer = { active: true, sub: 'u', exp: 2_000_000_000, aud: 'orders', sid: 's', scope: 'a b' };
  test('reads the chain of actors and the key that a token is bound to', () => {
    const act = { sub: 'billing', act: { sub: 'shop', client_id: 'x' } };
    expect(readIntrospection({ ...answer, act, cnf: { jkt: 'thumb' } }, 'orders')).toMatchObject({
      actors: ['billing', 'shop'],
      keyThumbprint: 'thumb',
      scopes: ['a', 'b'],
    });
    expect(readIntrospection({ ...answer, cnf: { other: 1 } }, 'orders')).toMatchObject({
      keyThumbprint: '',
    });
    const acting = { sub: 'ada', impersonation_session_id: 's', allow_writes: false };
    // An operator who acts as the person is told as the claim, and is no service.
    expect(readIntrospection({ ...answer, act: acting }, 'orders')).toMatchObject({
      actors: [],
      act: acting,
    });
    expect(readIntrospection({ ...answer, sid: undefined }, 'orders')).toMatchObject({ kind: 'service' });
  });

  test('takes nothing that it does not understand for a yes', () => {
    for (const told of [
      null,
      'yes',
      {},
      { active: 'true' },
      { ...answer, sub: 7 },
      { ...answer, exp: 'soon' },
      { ...answer, aud: 'billing' },
      { ...answer, act: 'billing' },
      { ...answer, act: {} },
    ])
      expect(() => readIntrospection(told, 'orders')).toThrow(UnavailableError);
  });
});
