import { SchemaDocument } from '@castellan/contract';
import { customAction, IntentRouter, IntentService } from '@castellan/intents';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schema } from '../../test/shop/postgresql.ts';
import { call, custom, openShop, type Shop } from '../../test/shop/shop.ts';
import {
  type AdminAuthOptions,
  type AutoAdminOptions,
  adminMachineAuth,
  adminTablesSql,
  autoAdmin,
  configureAdminAuth,
  resetAdminForTests,
} from '../index.ts';
import { drizzleAdmin } from '../orm/drizzle/index.ts';

const auth: AdminAuthOptions = {
  issuer: 'https://id.example.com',
  audience: 'shop',
  schema: drizzleAdmin(schema),
};

describe('setting up happens once, and in order (A4, A13)', () => {
  beforeEach(resetAdminForTests);
  afterEach(resetAdminForTests);

  it('ADMIN_AUTH_NOT_CONFIGURED: autoAdmin and adminMachineAuth before configureAdminAuth', () => {
    expect(() => autoAdmin(new IntentRouter(), { expose: [] })).toThrow('ADMIN_AUTH_NOT_CONFIGURED');
    expect(() => adminMachineAuth()).toThrow('ADMIN_AUTH_NOT_CONFIGURED');
  });

  it('CONFIGURATION_ORDER_ERROR: configureAdminAuth again after autoAdmin; before it, the last one counts', () => {
    configureAdminAuth(auth);
    configureAdminAuth({ ...auth, audience: 'other' });
    autoAdmin(new IntentRouter(), { expose: ['User'] });
    expect(() => configureAdminAuth(auth)).toThrow('CONFIGURATION_ORDER_ERROR');
    resetAdminForTests();
    expect(() => configureAdminAuth(auth)).not.toThrow();
  });

  it('resetAdminForTests is for tests: never in production', () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(() => resetAdminForTests()).toThrow('CONFIGURATION_ORDER_ERROR');
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it('a Drizzle schema is taken as it is', () => {
    expect(() => configureAdminAuth({ ...auth, schema })).not.toThrow();
  });

  it.each([
    ['no address', { issuer: 'castellan' }, 'issuer'],
    ['plain http to elsewhere', { issuer: 'http://id.example.com' }, 'issuer'],
    ['an address with a password', { issuer: 'https://a:b@id.example.com' }, 'issuer'],
    ['no name of a service', { audience: '' }, 'audience'],
    ['an hour of skew', { clockSkewSeconds: 3600 }, 'clockSkewSeconds'],
    ['keys from anywhere', { jwks: 'http://keys.example.com' }, 'jwks'],
    ['no schema', { schema: {} }, 'schema'],
  ])('%s is CONFIGURATION_INVALID, and named', (_, wrong, named) => {
    expect(() => configureAdminAuth({ ...auth, ...wrong })).toThrow(
      new RegExp(`CONFIGURATION_INVALID: configureAdminAuth needs ${named}`),
    );
  });

  const options = (more: object): AutoAdminOptions => ({ expose: ['User', 'Order'], ...more });
  it.each([
    ['MODEL_NOT_FOUND', { expose: ['Users'] }],
    ['KEY_REDACTED', { expose: ['AccessGrant'] }],
    ['CONFIGURATION_INVALID', { overrides: { User: { actions: { delete: { minRole: 'support' } } } } }],
  ])('%s: autoAdmin refuses at start', (code, more) => {
    configureAdminAuth(auth);
    expect(() => autoAdmin(new IntentRouter(), options(more))).toThrow(code);
  });

  it('an action of the product never takes the name of one of the library', () => {
    configureAdminAuth(auth);
    class Users extends IntentService {
      undo = customAction({ adminOnly: true }, async () => null);
    }
    const router = new IntentRouter().register('User', new Users());
    expect(() => autoAdmin(router, options({}))).toThrow('User.undo is there already');
  });

  it('prints the SQL of its tables for each database', () => {
    for (const dialect of ['postgresql', 'mysql', 'sqlite'] as const)
      expect(adminTablesSql(dialect)).toMatch(
        /castellan_admin_audit[\s\S]+castellan_admin_seen_tokens[\s\S]+castellan_admin_settings/,
      );
  });
});

describe('the schema document (A12)', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  it('reads by the contract, and says what there is, for whom', async () => {
    const { data } = await shop.document({ role: 'support' });
    const document = z.decode(SchemaDocument, data);
    expect(document).toMatchObject({ version: 1, service: 'shop', canImpersonate: false });
    const [user, order, line] = document.models;
    expect(user?.actions).toEqual({
      list: { minRole: 'support', needsApproval: false },
      read: { minRole: 'support', needsApproval: false },
      create: { minRole: 'admin', needsApproval: false },
      update: { minRole: 'admin', needsApproval: false },
      delete: null,
    });
    expect(order?.fields.find(({ name }) => name === 'userId')?.label).toBe('User');
    expect(user?.referencedBy).toEqual([{ model: 'Order', field: 'userId' }]);
    const field = (name: string) => user?.fields.find((one) => one.name === name);
    expect(field('balance')).toMatchObject({ type: 'decimal', readOnly: 'denied' });
    expect(field('stripeSecretKey')).toEqual({
      ...{ name: 'stripeSecretKey', label: 'Stripe secret key', type: 'unknown', isRedacted: true },
      ...{ readOnly: 'redacted', operators: [], isSortable: false, isIndexed: false, isKey: false },
      ...{ itemType: null, values: null, maxLength: null, references: null },
      ...{ isNullable: true, isOptionalOnCreate: true },
    });
    expect(order?.fields.find(({ name }) => name === 'status')).toMatchObject({
      type: 'enum',
      values: ['open', 'closed', 'refunded'],
    });
    expect(order?.customActions).toMatchObject([
      {
        name: 'refund',
        minRole: 'support',
        needsApproval: false,
        form: {
          type: 'object',
          properties: { reason: { type: 'string', minLength: 3 } },
          required: ['reason'],
        },
      },
      { name: 'close', minRole: 'admin', needsApproval: true, form: null },
    ]);
    expect(
      user?.customActions.map(({ name, isReadOnly, description }) => [name, isReadOnly, description]),
    ).toEqual([
      ['ban', false, 'Lock somebody out'],
      ['look', true, ''],
      ['note', false, ''],
      ['fail', false, ''],
    ]);
    expect(line?.key).toEqual(['orderNumber', 'line']);
  });

  it('its revision is of what it says: the same in every process, another with another option', async () => {
    const revision = async () => (await shop.document()).data.revision;
    expect(await revision()).toBe(await revision());
    const other = await openShop({ denyDelete: [] });
    expect((await other.document()).data.revision).not.toBe(await revision());
    await other.close();
  });

  it('says what many rows at once ask for where the product asks for more than is usual (A20)', async () => {
    const strict = await openShop({
      overrides: {
        Order: { actions: { bulk_run: { needsApproval: true } } },
        OrderLine: { actions: { bulk_run: { minRole: 'owner' } } },
      },
    });
    try {
      const { models } = z.decode(SchemaDocument, (await strict.document()).data);
      expect(models.map(({ name, actions }) => [name, actions.bulkRun])).toEqual([
        ['User', undefined],
        ['Order', { minRole: 'admin', needsApproval: true }],
        ['OrderLine', { minRole: 'owner', needsApproval: false }],
      ]);
      const run = custom('Order', 'bulk_run', { action: 'update', rows: [], values: {} });
      expect((await strict.call(run)).code).toBe('APPROVAL_REQUIRED');
    } finally {
      await strict.close();
    }
  });
});

it('an override for an action that no service has lets nobody in, rather than somebody by', async () => {
  const shop = await openShop({ overrides: { Order: { actions: { clos: { needsApproval: true } } } } });
  try {
    expect((await shop.call({ model: 'Order', action: 'list' })).status).toBe(500);
    expect(String(shop.reports.at(-1)?.cause)).toContain('overrides.Order.actions names clos');
  } finally {
    await shop.close();
  }
});

describe('the library’s own tables', () => {
  it('are made by the first call, by several processes at once too', async () => {
    const shop = await openShop();
    try {
      const surfaces = Array.from({ length: 4 }, () => shop.anotherProcess());
      const list = { model: 'Order', action: 'list' };
      const answers = await Promise.all(surfaces.map((surface) => call(surface, shop.issuer, list)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    } finally {
      await shop.close();
    }
  });

  it('are left to the product’s migration where it says so; cursors go on in every process', async () => {
    const shop = await openShop({ audit: { createTables: false } });
    try {
      await shop.database.pool.query(adminTablesSql('postgresql'));
      const list = { model: 'Order', action: 'list', limit: 5 };
      const { data } = await shop.call(list);
      const next = await call(shop.anotherProcess(), shop.issuer, {
        ...list,
        payload: { cursor: data.next_cursor },
      });
      expect(next.data.items).toHaveLength(5);
      expect((await shop.call(custom('User', 'ban', undefined, '1'))).status).toBe(200);
    } finally {
      await shop.close();
    }
  });
});
