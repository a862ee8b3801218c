import {
  activityList,
  productsList,
  serviceKeysCreate,
  serviceKeysRevoke,
  servicesCreate,
  servicesList,
  servicesRead,
  servicesUpdate,
  sessionsCheck,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import type { Refusal } from '../../platform/refusal.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { type NewService, registerService } from './register-service.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const register = (service: NewService) =>
  house.platform.database.write(systemOrigin, (tx) => registerService(tx, service));

const fieldsOf = (service: NewService): Promise<string[]> =>
  register(service).then(
    () => [],
    (refusal: Refusal) => (refusal.fields ?? []).map(({ field }) => field),
  );

describe('S1 registering a service', () => {
  it('gives the key once and keeps its digest alone', async () => {
    const { id, key } = await register({
      name: 'orders',
      origins: ['https://orders.example.com', 'http://localhost:5173'],
      adminUrl: 'https://orders.example.com/api',
    });
    expect(looksLikeToken('sk_', key)).toBe(true);
    const [stored] = await house.query<{ digest: Buffer; prefix: string }>(
      'SELECT digest, prefix FROM service_keys WHERE service_id = $1',
      [id],
    );
    expect(stored!.digest).toEqual(tokenDigest(key));
    expect(stored!.prefix).toBe(`${key.slice(0, 10)}…`);
    await house.platform.settled();
    const events = await house.query<{ action: string; detail: unknown }>(
      'SELECT action, detail FROM activity_events WHERE target_id = $1 ORDER BY sequence',
      [id],
    );
    expect(events.map((event) => event.action)).toEqual(['service_registered', 'service_key_created']);
    expect(JSON.stringify(events)).not.toContain(key);
  });

  it('names every wrong field', async () => {
    expect(await fieldsOf({ name: 'Not A Slug', origins: ['*'], adminUrl: 'ftp://x' })).toEqual([
      'name',
      'origins',
      'admin_url',
    ]);
    for (const origin of [
      'https://example.com/',
      'https://example.com/path',
      'https://EXAMPLE.com',
      'https://example.com:443',
      'example.com',
      'null',
      'file:///etc',
      'https://user@example.com',
    ])
      expect(await fieldsOf({ name: 'exact', origins: [origin] }), origin).toEqual(['origins']);
    for (const adminUrl of [
      'https://u:p@example.com',
      'https://example.com/?a',
      'https://example.com/#a',
      'x',
    ])
      expect(await fieldsOf({ name: 'exact', adminUrl }), adminUrl).toEqual(['admin_url']);
    expect(await house.query(`SELECT 1 FROM services WHERE name = 'exact'`)).toEqual([]);
  });

  it('refuses a name that is taken', async () => {
    await register({ name: 'taken' });
    expect(await fieldsOf({ name: 'taken' })).toEqual(['name']);
  });
});

describe('S1 the list of services', () => {
  it('is by name, with live keys by their prefix, and holds no digest', async () => {
    const { id, keyId } = await register({ name: 'billing', description: 'Invoices and dunning' });
    await house.query('UPDATE service_keys SET revoked_at = now() WHERE id = $1', [keyId]);
    const { id: catalog, key } = await register({ name: 'catalog', origins: ['https://c.example.com'] });
    const answer = await admin.call(servicesList);
    const names = answer.result.items.map((service) => service.name);
    expect(names).toEqual([...names].sort());
    expect(answer.result.items.find((service) => service.id === id)!.keys).toEqual([]);
    expect(answer.result.items.find((service) => service.id === catalog)).toMatchObject({
      origins: ['https://c.example.com'],
      adminUrl: null,
      keys: [{ prefix: `${key.slice(0, 10)}…`, lastUsedAt: null }],
    });
    expect(answer.text).not.toMatch(/digest/);
    const found = await admin.call(servicesList, { query: { search: 'dunn' } });
    expect(found.result).toMatchObject({ total: 1, items: [{ name: 'billing' }] });
  });
});

describe('S1 services by the admin API', () => {
  it('are registered once for one Idempotency-Key, without a key; wrong fields and a taken name are told', async () => {
    const options = {
      body: { name: 'returns', description: 'Parcels that come back', origins: ['https://r.example.com'] },
      headers: { 'idempotency-key': 'register-returns' },
    };
    const made = await admin.call(servicesCreate, options);
    expect(made.result).toMatchObject({ name: 'returns', keys: [], clientCount: 0, resourceUri: null });
    expect((await admin.call(servicesCreate, options)).result.id).toBe(made.result.id);
    expect((await admin.call(servicesCreate, { body: { name: 'returns' } })).fields).toEqual(['name']);
    const wrong = await admin.call(servicesCreate, {
      body: { name: 'wrong', origins: ['https://x.example.com/'], resourceUri: 'http://api.example.com' },
    });
    expect(wrong).toMatchObject({ status: 422, fields: ['origins', 'resource_uri'] });
  });

  it('are edited field by field, told with before and after; a resource address is of one service (RFC 8707)', async () => {
    const { id } = await register({ name: 'stock', description: 'Before' });
    const { id: other } = await register({ name: 'stock-mirror' });
    const resourceUri = 'https://api.example.com/stock';
    const body = { description: 'After', origins: ['https://stock.example.com'], resourceUri };
    const changed = await admin.call(servicesUpdate, { params: { id }, body });
    expect(changed.result).toMatchObject({ name: 'stock', ...body, adminUrl: null });
    const taken = await admin.call(servicesUpdate, { params: { id: other }, body: { resourceUri } });
    expect(taken).toMatchObject({ status: 422, fields: ['resource_uri'] });
    const fragment = `${resourceUri}#a`;
    expect(
      (await admin.call(servicesUpdate, { params: { id }, body: { resourceUri: fragment } })).fields,
    ).toEqual(['resource_uri']);
    const cleared = await admin.call(servicesUpdate, { params: { id }, body: { resourceUri: null } });
    expect(cleared.result).toMatchObject({ resourceUri: null, description: 'After' });
    await house.platform.settled();
    const events = (await admin.call(activityList, { query: { targetId: id, action: 'service_updated' } }))
      .result.items;
    expect(events.map(({ detail }) => detail)).toEqual([
      { resource_uri: { before: resourceUri, after: null } },
      expect.objectContaining({ description: { before: 'Before', after: 'After' } }),
    ]);
    const nowhere = { id: '01930000-0000-7000-8000-000000000001' };
    expect((await admin.call(servicesUpdate, { params: nowhere, body: {} })).code).toBe('not_found');
    expect((await admin.call(servicesRead, { params: nowhere })).code).toBe('not_found');
  });
});

describe('S1 scopes of a service', () => {
  it('are set with words for people; what is no scope, or has none, is told', async () => {
    const { id } = await register({ name: 'scoped' });
    const set = (scopes: { name: string; description: string }[]) =>
      admin.call(servicesUpdate, { params: { id }, body: { scopes } });
    const good = [
      { name: 'orders:read', description: 'See your orders' },
      { name: 'orders:refund', description: 'Give money back' },
    ];
    expect((await set(good)).result.scopes).toEqual(good);
    for (const [scope, why] of [
      [{ name: 'with space', description: 'x' }, /no scope/],
      [{ name: 'openid', description: 'x' }, /OpenID Connect/],
      [{ name: 'orders:read', description: 'x' }, /twice/],
      [{ name: 'orders:new', description: '  ' }, /needs words/],
    ] as const) {
      const refused = await set([...good, scope]);
      expect(refused).toMatchObject({ status: 422, fields: ['scopes'] });
      expect(refused.text).toMatch(why);
    }
    expect((await set([])).result.scopes).toEqual([]);
  });
});

describe('S7 keys of a service', () => {
  it('a key is replaced without an interruption, and a revoked one is refused on the next call', async () => {
    const { id, key: old, keyId } = await register({ name: 'dispatch' });
    const asks = async (key: string) =>
      (
        await house
          .caller({ authorization: `Bearer ${key}` })
          .call(sessionsCheck, { body: { tokens: ['x.y.z'] } })
      ).status;
    const made = await admin.call(serviceKeysCreate, { params: { id } });
    expect(made.status).toBe(201);
    expect([await asks(old), await asks(made.result.key)]).toEqual([200, 200]);
    expect((await admin.call(serviceKeysRevoke, { params: { id, kid: keyId } })).status).toBe(204);
    expect([await asks(old), await asks(made.result.key)]).toEqual([401, 200]);
    expect((await admin.call(serviceKeysRevoke, { params: { id, kid: keyId } })).code).toBe('not_found');
    const { id: other } = await register({ name: 'dispatch-two' });
    const foreign = { id: other, kid: made.result.id };
    expect((await admin.call(serviceKeysRevoke, { params: foreign })).code).toBe('not_found');
    const read = await admin.call(servicesRead, { params: { id } });
    expect(read.result.keys).toMatchObject([{ id: made.result.id, prefix: made.result.prefix }]);
    expect(read.text).not.toContain(made.result.key.slice(10));
    for (let count = 1; count < 10; count++) await admin.call(serviceKeysCreate, { params: { id } });
    expect((await admin.call(serviceKeysCreate, { params: { id } })).code).toBe('too_many_secrets');
  });
});

it('an admin address that Castellan does not ask is kept, and what is against it told, with the setting that allows it', async () => {
  const made = await admin.call(servicesCreate, {
    body: { name: 'inside', adminUrl: 'http://10.1.2.3:4000' },
  });
  expect(made.result.adminUrlProblem).toContain('OUTBOUND_ALLOW');
  const products = (await admin.call(productsList)).result.items;
  expect(products.find(({ name }) => name === 'inside')).toMatchObject({
    state: 'address_refused',
    problem: made.result.adminUrlProblem,
  });
  const params = { id: made.result.id };
  const mended = await admin.call(servicesUpdate, {
    params,
    body: { adminUrl: 'https://inside.example.com' },
  });
  expect(mended.result.adminUrlProblem).toBeNull();
  const after = (await admin.call(productsList)).result.items;
  expect(after.find(({ name }) => name === 'inside')).toMatchObject({ state: 'ready', problem: null });
});
