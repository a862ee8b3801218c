import { servicesList } from '@castellan/contract';
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
