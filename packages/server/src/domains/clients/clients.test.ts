import {
  activityList,
  type Client,
  clientSecretsCreate,
  clientSecretsRevoke,
  clientsCreate,
  clientsEnd,
  clientsList,
  clientsRead,
  clientsUpdate,
  selfRegisteredClientsEnd,
  selfRegisteredClientsList,
  selfRegisteredClientsRead,
  servicesList,
  servicesRead,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { insertGrant } from '../grants/grant-store.ts';
import { findClient, onPool } from './find-client.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let service: string;
let otherService: string;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  await house.service('orders');
  await house.service('billing');
  const { items } = (await admin.call(servicesList)).result;
  service = items.find(({ name }) => name === 'orders')!.id;
  otherService = items.find(({ name }) => name === 'billing')!.id;
});
afterAll(() => house.close());

const minute = 60_000;
const find = (clientId: string) =>
  findClient(onPool(house.platform.database.pool), clientId, house.clock.now());

async function create(body: Partial<Parameters<typeof bodyOf>[0]> = {}): Promise<Client> {
  return (await admin.call(clientsCreate, { params: { id: service }, body: bodyOf(body) })).result;
}
function bodyOf(body: NonNullable<Parameters<typeof admin.call<typeof clientsCreate>>[1]>['body'] | object) {
  return { name: 'Shop', redirectUris: ['https://shop.example.com/callback'], ...body };
}
const paramsOf = (client: Client) => ({ id: service, cid: client.id });

describe('P18 registering a client', () => {
  it('gives it a name of the wire, sensible settings and no secret', async () => {
    const client = await create();
    expect(client).toMatchObject({
      clientId: expect.stringMatching(/^cl_[\w-]{22}$/),
      serviceId: service,
      origin: 'registered',
      applicationType: 'web',
      grantTypes: ['authorization_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'client_secret_basic',
      allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
      skipsConsent: false,
      secrets: [],
      endedAt: null,
    });
    expect(await find(client.clientId)).toMatchObject({ id: client.id, service: { name: 'orders' } });
  });

  it('is done once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'one-client-please' };
    const options = { params: { id: service }, body: bodyOf({ name: 'Once' }), headers };
    const first = await admin.call(clientsCreate, options);
    const second = await admin.call(clientsCreate, options);
    expect(second.result.id).toBe(first.result.id);
    expect(second.headers['idempotent-replay']).toBe('true');
  });

  it('is of one service: under another it is not there (P18)', async () => {
    const client = await create();
    const elsewhere = { id: otherService, cid: client.id };
    expect((await admin.call(clientsRead, { params: elsewhere })).code).toBe('not_found');
    expect((await admin.call(clientsUpdate, { params: elsewhere, body: { name: 'X' } })).code).toBe(
      'not_found',
    );
    expect((await admin.call(clientsEnd, { params: elsewhere })).code).toBe('not_found');
    expect((await admin.call(clientSecretsCreate, { params: elsewhere, body: {} })).code).toBe('not_found');
    const nowhere = { id: '01930000-0000-7000-8000-000000000001' };
    expect((await admin.call(clientsCreate, { params: nowhere, body: bodyOf({}) })).code).toBe('not_found');
    expect((await admin.call(clientsList, { params: nowhere })).code).toBe('not_found');
  });

  it('lists by name with search, pages and the ended apart', async () => {
    const names = ['Zebra app', 'alpha app', 'Beta app'];
    for (const name of names) await create({ name });
    const listed = await admin.call(clientsList, {
      params: { id: service },
      query: { search: 'app', pageSize: 2 },
    });
    expect(listed.result).toMatchObject({ total: 3, pageSize: 2 });
    expect(listed.result.items.map(({ name }) => name)).toEqual(['alpha app', 'Beta app']);
    const next = await admin.call(clientsList, {
      params: { id: service },
      query: { search: 'app', pageSize: 2, cursor: listed.result.nextCursor! },
    });
    expect(next.result.items.map(({ name }) => name)).toEqual(['Zebra app']);
    await admin.call(clientsEnd, { params: paramsOf(listed.result.items[0]!) });
    const ended = await admin.call(clientsList, { params: { id: service }, query: { state: 'ended' } });
    expect(ended.result.items.map(({ name }) => name)).toContain('alpha app');
    const live = await admin.call(clientsList, { params: { id: service }, query: { search: 'app' } });
    expect(live.result.total).toBe(2);
    const { clientCount } = (await admin.call(servicesRead, { params: { id: service } })).result;
    expect(clientCount).toBe((await admin.call(clientsList, { params: { id: service } })).result.total);
  });
});

describe('P18 editing a client', () => {
  it('changes what is given, tells it, and leaves the rest', async () => {
    const client = await create({ name: 'Before' });
    const changed = await admin.call(clientsUpdate, {
      params: paramsOf(client),
      body: {
        name: 'After',
        redirectUris: ['https://a.example.com/cb', 'https://a.example.com/cb', 'http://127.0.0.1:8080/cb'],
        accentColor: '#2F6FED',
        logoUri: `data:image/png;base64,${Buffer.from('89504e470d0a1a0a', 'hex').toString('base64')}`,
      },
    });
    expect(changed.result).toMatchObject({
      name: 'After',
      redirectUris: ['https://a.example.com/cb', 'http://127.0.0.1:8080/cb'],
      accentColor: '#2f6fed',
      grantTypes: client.grantTypes,
    });
    await house.platform.settled();
    const { items } = (await admin.call(activityList, { query: { targetId: client.id } })).result;
    expect(items.map(({ action }) => action)).toEqual(['client_updated', 'client_created']);
    expect(items[0]!.detail).toMatchObject({
      name: { before: 'Before', after: 'After' },
      accent_color: { before: null, after: '#2f6fed' },
    });
    expect(Object.keys(items[0]!.detail)).not.toContain('grant_types');
  });

  it('says nothing when nothing changes', async () => {
    const client = await create();
    await admin.call(clientsUpdate, { params: paramsOf(client), body: { name: client.name } });
    await house.platform.settled();
    const { items } = (await admin.call(activityList, { query: { targetId: client.id } })).result;
    expect(items).toHaveLength(1);
  });
});

describe('P18 ending a client', () => {
  it('ends what people allowed it, its secrets and every change, and keeps its name', async () => {
    const client = await create({ name: 'Leaving' });
    const made = await admin.call(clientSecretsCreate, { params: paramsOf(client), body: {} });
    expect(made.status).toBe(201);
    const person = await house.person();
    const grantId = await house.platform.database.write(systemOrigin, (tx) =>
      insertGrant(tx, {
        kind: 'oauth',
        userId: person.id,
        serviceId: service,
        workspaceId: null,
        address: null,
        userAgent: null,
        clientId: client.id,
        scopes: ['openid'],
      }),
    );
    expect((await admin.call(clientsEnd, { params: paramsOf(client) })).status).toBe(204);
    expect(await find(client.clientId)).toBeUndefined();
    expect(await house.query('SELECT ended_reason FROM grants WHERE id = $1', [grantId])).toEqual([
      { ended_reason: 'client_removed' },
    ]);
    const params = paramsOf(client);
    expect((await admin.call(clientsEnd, { params })).code).toBe('client_ended');
    expect((await admin.call(clientsUpdate, { params, body: { name: 'Back' } })).code).toBe('client_ended');
    expect((await admin.call(clientSecretsCreate, { params, body: {} })).code).toBe('client_ended');
    expect((await admin.call(clientsRead, { params })).result).toMatchObject({
      name: 'Leaving',
      secrets: [],
      endedAt: expect.any(Date),
    });
  });
});

describe('S7 client secrets', () => {
  it('are shown once and stored as digests: the whole database holds none of them', async () => {
    const client = await create();
    const { secret, id, prefix } = (
      await admin.call(clientSecretsCreate, {
        params: paramsOf(client),
        body: {},
        // Taken no notice of: a kept answer would be a kept secret.
        headers: { 'idempotency-key': 'secret-of-the-shop' },
      })
    ).result;
    expect(looksLikeToken('cs_', secret)).toBe(true);
    expect((await find(client.clientId))!.secrets).toEqual([{ id, digest: tokenDigest(secret) }]);
    await house.platform.settled();
    const tables = await house.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    for (const { name } of tables) {
      const rows = await house.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
      expect(
        rows.filter(({ row }) => row.includes(secret)),
        name,
      ).toEqual([]);
    }
    const read = await admin.call(clientsRead, { params: paramsOf(client) });
    expect(read.result.secrets).toMatchObject([{ id, prefix, expiresAt: null, lastUsedAt: null }]);
    expect(prefix).toBe(`${secret.slice(0, 10)}…`);
    for (const text of [read.text, (await admin.call(activityList)).text])
      expect(text).not.toContain(secret.slice(10));
    expect(read.text).not.toContain('digest');
  });

  it('overlap: the old one works until the chosen moment, then the new one alone', async () => {
    const client = await create();
    const params = paramsOf(client);
    const old = (await admin.call(clientSecretsCreate, { params, body: {} })).result;
    const moment = new Date(house.clock.now().getTime() + 30 * minute);
    const fresh = (await admin.call(clientSecretsCreate, { params, body: { othersExpireAt: moment } }))
      .result;
    const valid = async () => (await find(client.clientId))!.secrets.map(({ id }) => id);
    expect(await valid()).toEqual([fresh.id, old.id]);
    const shown = (await admin.call(clientsRead, { params })).result.secrets;
    expect(shown.map(({ id, expiresAt }) => [id, expiresAt?.getTime()])).toEqual([
      [fresh.id, undefined],
      [old.id, moment.getTime()],
    ]);
    // A later rotation does not make it live longer.
    const later = new Date(house.clock.now().getTime() + 300 * minute);
    const third = (await admin.call(clientSecretsCreate, { params, body: { othersExpireAt: later } })).result;
    house.clock.pass(31 * 60);
    expect(await valid()).toEqual([third.id, fresh.id]);
    expect((await admin.call(clientSecretsRevoke, { params: { ...params, sid: old.id } })).code).toBe(
      'not_found',
    );
    const now = (await admin.call(clientSecretsCreate, { params, body: { othersExpireAt: new Date(0) } }))
      .result;
    expect(await valid()).toEqual([now.id]);
  });

  it('a revoked one is refused on the next call, and only once revoked', async () => {
    const client = await create();
    const params = paramsOf(client);
    const { id } = (await admin.call(clientSecretsCreate, { params, body: {} })).result;
    expect((await admin.call(clientSecretsRevoke, { params: { ...params, sid: id } })).status).toBe(204);
    expect((await find(client.clientId))!.secrets).toEqual([]);
    expect((await admin.call(clientSecretsRevoke, { params: { ...params, sid: id } })).code).toBe(
      'not_found',
    );
  });

  it('are ten at most, and none for who proves itself otherwise', async () => {
    const client = await create();
    const params = paramsOf(client);
    for (let made = 0; made < 10; made++)
      expect((await admin.call(clientSecretsCreate, { params, body: {} })).status).toBe(201);
    expect((await admin.call(clientSecretsCreate, { params, body: {} })).code).toBe('too_many_secrets');
    await admin.call(clientsUpdate, { params, body: { tokenEndpointAuthMethod: 'none' } });
    expect((await find(client.clientId))!.secrets).toEqual([]);
    expect((await admin.call(clientSecretsCreate, { params, body: {} })).code).toBe('client_takes_no_secret');
    const past = await admin.call(clientSecretsCreate, {
      params: paramsOf(await create()),
      body: { expiresAt: new Date(0) },
    });
    expect(past.fields).toEqual(['expires_at']);
  });
});

describe('P18 clients that nobody registered here', () => {
  const insert = async (clientId: string, origin: string, name: string): Promise<string> =>
    (
      await house.query<{ id: string }>(
        `INSERT INTO clients (id, client_id, name, origin, application_type, redirect_uris, grant_types,
           token_endpoint_auth_method, allowed_scopes, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $3, $2, 'native', '{http://localhost/cb}', '{authorization_code}', 'none', '{openid}',
           now(), now()) RETURNING id`,
        [clientId, origin, name],
      )
    )[0]!.id;

  it('are listed apart from those of services, found by their address, and ended for good', async () => {
    const registered = await create({ name: 'Registered here' });
    const described = await insert('https://tool.example.net/client.json', 'metadata_document', 'A tool');
    await insert('dyn_1', 'dynamic', 'Some script');
    const all = await admin.call(selfRegisteredClientsList);
    expect(all.result.items.map(({ name, origin, serviceId }) => [name, origin, serviceId])).toEqual([
      ['A tool', 'metadata_document', null],
      ['Some script', 'dynamic', null],
    ]);
    const found = await admin.call(selfRegisteredClientsList, { query: { search: 'example.net' } });
    expect(found.result.items.map(({ name }) => name)).toEqual(['A tool']);

    // Each kind by its own address alone.
    const params = { id: registered.id };
    expect((await admin.call(selfRegisteredClientsRead, { params })).code).toBe('not_found');
    expect((await admin.call(selfRegisteredClientsEnd, { params })).code).toBe('not_found');
    expect((await admin.call(clientsEnd, { params: { id: service, cid: described } })).code).toBe(
      'not_found',
    );

    const person = await house.person();
    const grantId = await house.platform.database.write(systemOrigin, (tx) =>
      insertGrant(tx, {
        kind: 'oauth',
        userId: person.id,
        serviceId: null,
        workspaceId: null,
        address: null,
        userAgent: null,
        clientId: described,
        scopes: ['openid'],
      }),
    );
    const read = await admin.call(selfRegisteredClientsRead, { params: { id: described } });
    expect(read.result).toMatchObject({ sessionCount: 1, endedAt: null });
    expect((await admin.call(selfRegisteredClientsEnd, { params: { id: described } })).status).toBe(204);
    expect(await find('https://tool.example.net/client.json')).toBeUndefined();
    expect(await house.query('SELECT ended_reason FROM grants WHERE id = $1', [grantId])).toEqual([
      { ended_reason: 'client_removed' },
    ]);
    expect((await admin.call(selfRegisteredClientsEnd, { params: { id: described } })).code).toBe(
      'client_ended',
    );
    const ended = await admin.call(selfRegisteredClientsList, { query: { state: 'ended' } });
    expect(ended.result.items).toMatchObject([{ name: 'A tool', sessionCount: 0 }]);
  });
});
