import {
  activityList,
  identityProvidersCreate,
  identityProvidersDelete,
  identityProvidersList,
  identityProvidersRead,
  identityProvidersUpdate,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, readSettings } from '../../platform/config.ts';
import { enabledProviders, openSecret } from './providers.ts';
import { applyProviderSettings } from './providers-of-settings.ts';

/** Providers are kept in the console or by the settings (P1). */

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
const canary = 'client-secret-canary-1f8e';

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const google = { kind: 'google', clientId: 'google-client', clientSecret: canary } as const;
const tenant = '01930000-0000-7000-8000-000000000042';

describe('in the console', () => {
  it('a provider is added with what its kind usually is, several of a kind, and told in the timeline', async () => {
    const added = await admin.call(identityProvidersCreate, { body: { slug: 'google', ...google } });
    expect(added.status).toBe(201);
    expect(added.result).toMatchObject({
      slug: 'google',
      name: 'Google',
      issuer: 'https://accounts.google.com',
      scopes: ['openid', 'email', 'profile'],
      enabled: true,
      adminAllowed: false,
      registrationAllowed: false,
      source: 'console',
      identityCount: 0,
      redirectUris: {
        people: 'http://localhost:9003/auth/callback/google',
        operators: 'http://localhost:9004/auth/admin/callback/google',
      },
    });
    await admin.call(identityProvidersCreate, {
      body: { slug: 'google-partners', name: 'Partners', ...google },
    });
    const { items, total } = (await admin.call(identityProvidersList)).result;
    expect(items.map(({ name }) => name)).toEqual(['Google', 'Partners']);
    expect(total).toBe(2);
    expect(
      (await admin.call(identityProvidersList, { query: { search: 'part' } })).result.items,
    ).toHaveLength(1);
    expect(await enabledProviders(house.platform.database.db)).toEqual([
      { slug: 'google', name: 'Google', kind: 'google' },
      { slug: 'google-partners', name: 'Partners', kind: 'google' },
    ]);
    await house.platform.settled();
    const events = (await admin.call(activityList, { query: { action: 'identity_provider_created' } })).result
      .items;
    expect(events).toHaveLength(2);
  });

  it('the client secret is sealed, and given back by nothing', async () => {
    const { id } = (await admin.call(identityProvidersCreate, { body: { slug: 'sealed', ...google } }))
      .result;
    const answers = [
      (await admin.call(identityProvidersRead, { params: { id } })).text,
      (await admin.call(identityProvidersList)).text,
      (await admin.call(identityProvidersUpdate, { params: { id }, body: { clientSecret: `${canary}-2` } }))
        .text,
    ];
    await house.platform.settled();
    answers.push(JSON.stringify(await house.query('SELECT t::text FROM identity_providers t')));
    answers.push(JSON.stringify(await house.query('SELECT t::text FROM activity_events t')));
    for (const answer of answers) {
      expect(answer).not.toContain(canary);
      expect(answer).not.toContain(Buffer.from(canary).toString('hex'));
    }
    expect(answers.at(-1)).toContain('client_secret');
    const [row] = await house.query<{ sealed: Buffer }>(
      'SELECT client_secret_sealed AS sealed FROM identity_providers WHERE id = $1',
      [id],
    );
    const { vault } = house.platform;
    expect(openSecret(vault, { id, clientSecretSealed: row!.sealed })).toBe(`${canary}-2`);
    // Bound to its row: a sealed secret that is copied to another provider opens nothing.
    expect(() => openSecret(vault, { id: tenant, clientSecretSealed: row!.sealed })).toThrow();
  });

  it.each([
    ['issuer', { slug: 'a-oidc', kind: 'oidc', clientId: 'x', clientSecret: 'y' }],
    ['issuer', { slug: 'a-oidc', kind: 'oidc', issuer: 'ftp://x.example', clientId: 'x', clientSecret: 'y' }],
    [
      'issuer',
      { slug: 'a-oidc', kind: 'oidc', issuer: 'https://x.example/?a', clientId: 'x', clientSecret: 'y' },
    ],
    ['issuer', { slug: 'a-google', ...google, issuer: 'https://evil.example' }],
    ['tenant', { slug: 'a-entra', kind: 'entra', clientId: 'x', clientSecret: 'y' }],
    ['tenant', { slug: 'a-google', ...google, tenant }],
    ['scopes', { slug: 'a-google', ...google, scopes: ['email'] }],
    ['slug', { slug: 'passkey', ...google }],
    ['slug', { slug: 'mfa', ...google }],
  ] as const)('refuses a wrong %s by its name', async (field, body) => {
    const refused = await admin.call(identityProvidersCreate, { body: body as never });
    expect(refused.status).toBe(422);
    expect(refused.fields).toEqual([field]);
  });

  it('a tenant is one directory by its id: “common” and names are refused', async () => {
    for (const wrong of ['common', 'organizations', 'contoso.com'])
      expect(
        (
          await admin.call(identityProvidersCreate, {
            rawBody: JSON.stringify({
              slug: 'a-entra',
              kind: 'entra',
              client_id: 'x',
              client_secret: 'y',
              tenant: wrong,
            }),
          })
        ).fields,
      ).toEqual(['tenant']);
  });

  it('a slug that is taken: 409', async () => {
    expect((await admin.call(identityProvidersCreate, { body: { slug: 'google', ...google } })).code).toBe(
      'provider_slug_taken',
    );
  });

  it('what its accounts are unique within is never changed', async () => {
    const { id } = (await admin.call(identityProvidersList)).result.items[0]!;
    for (const field of ['issuer', 'kind', 'tenant', 'slug']) {
      const refused = await admin.call(identityProvidersUpdate, {
        params: { id },
        rawBody: JSON.stringify({ [field]: 'x' }),
      });
      expect(refused.fields).toEqual([field]);
    }
  });

  it('is edited and deleted, with every link to it', async () => {
    const { id } = (await admin.call(identityProvidersCreate, { body: { slug: 'short-lived', ...google } }))
      .result;
    const person = await house.person();
    await house.query(
      `INSERT INTO identities (id, user_id, provider_id, subject, email_verified, linked_at)
       VALUES (gen_random_uuid(), $1, $2, 'x', false, now())`,
      [person.id, id],
    );
    const edited = await admin.call(identityProvidersUpdate, {
      params: { id },
      body: { name: 'Renamed', enabled: false, trustedEmailDomains: ['Example.COM', 'example.com'] },
    });
    expect(edited.result).toMatchObject({
      name: 'Renamed',
      enabled: false,
      trustedEmailDomains: ['example.com'],
      identityCount: 1,
    });
    expect((await admin.call(identityProvidersDelete, { params: { id } })).status).toBe(204);
    expect((await admin.call(identityProvidersRead, { params: { id } })).code).toBe('not_found');
    expect(await house.query('SELECT FROM identities WHERE provider_id = $1', [id])).toEqual([]);
  });
});

describe('by the setting IDENTITY_PROVIDERS', () => {
  const environment = {
    PUBLIC_URL: 'https://id.example.com',
    ADMIN_URL: 'https://admin.example.com',
    KEY_ENCRYPTION_SECRET: Buffer.alloc(32, 7).toString('base64'),
  };
  const parse = (list: unknown) =>
    readSettings({
      ...environment,
      IDENTITY_PROVIDERS: typeof list === 'string' ? list : JSON.stringify(list),
    }).IDENTITY_PROVIDERS;
  const entry = {
    slug: 'from-settings',
    kind: 'oidc',
    issuer: 'https://x.example',
    client_id: 'x',
    client_secret: canary,
  };

  it('names what is wrong by its place, and never prints a secret', () => {
    const wrong: [unknown, string][] = [
      ['{', 'not a JSON list'],
      [[{ ...entry, client_id: 5 }], '0.client_id'],
      [[{ ...entry, colour: 'red' }], 'colour'],
      [[entry, entry], '1.slug is there twice'],
      [[{ ...entry, issuer: undefined }], '0.issuer is required'],
    ];
    for (const [list, expected] of wrong) {
      let message = '';
      try {
        parse(list);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigurationError);
        message = (error as Error).message;
      }
      expect(message).toContain('IDENTITY_PROVIDERS');
      expect(message).toContain(expected);
      expect(message).not.toContain(canary);
    }
  });

  it('adds, changes what differs, and disables what is not named any more; by several replicas at once', async () => {
    const { database, vault } = house.platform;
    const apply = (list: unknown) => applyProviderSettings(database, vault, parse(list));
    await Promise.all([apply([entry]), apply([entry]), apply([entry])]);
    const read = () =>
      house.query(`SELECT name, enabled, source FROM identity_providers WHERE slug = 'from-settings'`);
    expect(await read()).toEqual([{ name: 'from-settings', enabled: true, source: 'settings' }]);
    const [row] = await house.query<{ id: string }>(
      `SELECT id FROM identity_providers WHERE slug = 'from-settings'`,
    );
    const params = { id: row!.id };
    expect((await admin.call(identityProvidersUpdate, { params, body: { name: 'Mine' } })).code).toBe(
      'provider_in_settings',
    );
    expect((await admin.call(identityProvidersDelete, { params })).code).toBe('provider_in_settings');
    await apply([{ ...entry, name: 'Named' }]);
    expect(await read()).toEqual([{ name: 'Named', enabled: true, source: 'settings' }]);
    await apply([]);
    expect(await read()).toEqual([{ name: 'Named', enabled: false, source: 'console' }]);
    await house.platform.settled();
    const told = await house.query(
      `SELECT action, actors->0->>'label' AS by FROM activity_events WHERE target_id = $1 AND action LIKE 'identity%' ORDER BY sequence`,
      [row!.id],
    );
    expect(told).toEqual([
      { action: 'identity_provider_created', by: 'IDENTITY_PROVIDERS' },
      { action: 'identity_provider_updated', by: 'IDENTITY_PROVIDERS' },
      { action: 'identity_provider_updated', by: 'IDENTITY_PROVIDERS' },
    ]);
  });

  it('a slug never passes to another issuer, whose subjects would open the accounts linked to it', async () => {
    const { database, vault } = house.platform;
    await applyProviderSettings(database, vault, parse([{ ...entry, slug: 'kept' }]));
    await expect(
      applyProviderSettings(
        database,
        vault,
        parse([{ ...entry, slug: 'kept', issuer: 'https://evil.example' }]),
      ),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });
});
