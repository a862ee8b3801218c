import { describe, expect, it } from 'vitest';
import { administerModels } from './administered.ts';
import type { ColumnDescription, ModelDescription } from './description.ts';
import { fieldLabels } from './labels.ts';
import type { AdminModelOptions } from './options.ts';
import { secretByName } from './secret-names.ts';

const column = (name: string, rest: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  column: name,
  type: 'string',
  isNullable: true,
  hasDefault: false,
  isGenerated: false,
  sqlType: 'varchar(100)',
  maxLength: 100,
  ...rest,
});
const model = (
  name: string,
  columns: readonly ColumnDescription[],
  rest: Partial<ModelDescription> = {},
) => ({
  name,
  table: name,
  columns,
  key: ['id'],
  indexes: [],
  references: [],
  ...rest,
});
const id = column('id', { type: 'integer', isNullable: false, hasDefault: true });
const administer = (one: ModelDescription, options: Partial<AdminModelOptions> = {}) =>
  administerModels([one], { expose: [one.name], ...options }).get(one.name)!;

describe('names of secrets (A7)', () => {
  it.each([
    'password',
    'passwordHash',
    'Password_Salt',
    'secret',
    'secretaryId',
    'apiKey',
    'api_key_2',
    'tokens',
    'tokenCount',
    '_internal',
    'emailHash',
    'email_hash',
    'fileDigest',
  ])('%s is always hidden', (name) => expect(secretByName(name)).toBe('always'));

  it.each([
    'user_password',
    'userPassword',
    'stripeSecretKey',
    'stripe_secret_key',
    'STRIPE_SECRET_KEY',
    'accessToken',
    'access_token',
    'accesstoken',
    'userAPIKey',
    'sshPrivateKey',
    'totpSeed',
    'hash',
    'resetTokenExpires',
    'recoveryCodes',
    'webhookSecret1',
    'dbCredentials',
    'cardCvv',
    'userpasswd',
  ])('%s looks secret', (name) => expect(secretByName(name)).toBe('looks_secret'));

  it.each([
    'email',
    'name',
    'status',
    'hashtag',
    'keyboard',
    'tokyo',
    'passenger',
    'pinned',
    'compass',
    'saltWater2x'.slice(4),
  ])('%s does not', (name) => expect(secretByName(name)).toBeNull());

  it('the column’s name counts as well as the field’s', () => {
    const one = administer(model('User', [id, column('pw', { column: 'password_hash' })]));
    expect([...one.redacted]).toEqual(['pw']);
  });
});

describe('defaults of a model (A7)', () => {
  const columns = [
    column('body', { type: 'text' }),
    column('settings', { type: 'json' }),
    column('isActive', { type: 'boolean' }),
    column('createdAt', { type: 'timestamp' }),
    column('status', { type: 'enum' }),
    column('email'),
    column('plan'),
    column('age', { type: 'integer' }),
    column('passwordHash'),
    id,
  ];

  it('lists the key, what names a row, and then what is short, six in all', () => {
    expect(administer(model('User', columns)).listFields).toEqual([
      'id',
      'email',
      'status',
      'createdAt',
      'isActive',
      'plan',
    ]);
  });

  it('searches texts that an index begins with and that are at most 255 long', () => {
    const fields = [
      id,
      column('email'),
      column('slug', { maxLength: 255 }),
      column('bio', { maxLength: 256 }),
      column('note', { type: 'text', maxLength: undefined as never }),
      column('second'),
      column('partial'),
      column('apiKey'),
      column('city'),
    ];
    const index = (columns: string[], rest = {}) => ({ columns, isUnique: false, isPartial: false, ...rest });
    const indexes = [
      index(['email'], { isUnique: true }),
      index(['slug', 'second']),
      index(['bio']),
      index(['partial'], { isPartial: true }),
      index(['apiKey']),
    ];
    const one = administer(model('User', fields, { indexes }));
    expect(one.searchFields).toEqual(['email', 'slug']);
    expect(fields.filter(({ name }) => one.isIndexed(name)).map(({ name }) => name)).toEqual([
      'id',
      'email',
      'slug',
      'bio',
      'apiKey',
    ]);
  });

  it('sorts by when it was made, else by the key, the newest first', () => {
    expect(administer(model('User', columns)).defaultSort).toEqual({ field: 'createdAt', direction: 'desc' });
    expect(administer(model('User', [id])).defaultSort).toEqual({ field: 'id', direction: 'desc' });
    const hidden = { redactFields: { User: ['createdAt'] } };
    expect(administer(model('User', columns), hidden).defaultSort.field).toBe('id');
  });

  it('what is generated, denied, of an unknown type, of the key, or the mark of a deleted row is read-only', () => {
    const fields = [
      id,
      column('total', { isGenerated: true }),
      column('place', { type: 'unknown' }),
      column('shapes', { type: 'array', itemType: 'unknown' }),
      column('owner'),
      column('token'),
      column('deletedAt'),
      column('name'),
    ];
    const one = administer(
      model('User', fields, { softDelete: { field: 'deletedAt', deletedWhen: 'not_null' } }),
      { denyEditFields: { User: ['owner'] } },
    );
    expect(Object.fromEntries(one.readOnly)).toEqual({
      id: 'key',
      total: 'generated',
      place: 'unknown_type',
      shapes: 'unknown_type',
      owner: 'denied',
      token: 'redacted',
      deletedAt: 'denied',
    });
  });

  it('no row is made where a value is needed that can’t be given', () => {
    const needed = (name: string) => administer(model('User', [id, column(name, { isNullable: false })]));
    expect([needed('name').canCreate, needed('passwordHash').canCreate]).toEqual([true, false]);
  });
});

describe('labels of fields', () => {
  const labelled = (columns: readonly string[], references: readonly (readonly [string, string])[]) => {
    const model = {
      columns: columns.map((name) => ({ name })) as ColumnDescription[],
      references: references.map(([field, targetField]) => ({ field, model: 'Person', targetField })),
    };
    return Object.fromEntries(fieldLabels(model, new Map([['Person', { label: 'Somebody' }]])));
  };

  it('a relation is called after what it refers to, any other field after itself', () => {
    const references = [
      ['customerId', 'id'],
      ['sold_by', 'id'],
      ['warehouseCode', 'code'],
      ['reviewer_id', 'uuid'],
      ['id', 'id'],
    ] as const;
    expect(labelled([...references.map(([name]) => name), 'externalId', 'placedAt'], references)).toEqual({
      customerId: 'Customer',
      sold_by: 'Sold by',
      warehouseCode: 'Warehouse',
      reviewer_id: 'Reviewer',
      id: 'Somebody',
      externalId: 'External id',
      placedAt: 'Placed at',
    });
  });

  it('two fields are never called the same', () => {
    expect(labelled(['customer', 'customerId'], [['customerId', 'id']])).toEqual({
      customer: 'Customer',
      customerId: 'Customer id',
    });
    expect(
      labelled(
        ['ownerId', 'owner_uuid'],
        [
          ['ownerId', 'id'],
          ['owner_uuid', 'uuid'],
        ],
      ),
    ).toEqual({ ownerId: 'Owner id', owner_uuid: 'Owner uuid' });
  });
});

describe('options (A8)', () => {
  const fields = [
    id,
    column('email'),
    column('apiKey'),
    column('accessToken'),
    column('lastLoginIp', { column: 'last_login_ip' }),
  ];
  const user = model('User', fields);

  it('an override never brings a redacted field back', () => {
    const one = administer(user, {
      redactFields: { User: ['last_login_ip'] },
      overrides: {
        User: {
          listFields: ['email', 'apiKey', 'lastLoginIp'],
          searchFields: ['accessToken', 'email'],
          labelField: 'apiKey',
          defaultSort: 'accessToken asc',
        },
      },
    });
    expect([...one.redacted].sort()).toEqual(['accessToken', 'apiKey', 'lastLoginIp']);
    expect(one).toMatchObject({
      listFields: ['email'],
      searchFields: ['email'],
      labelField: 'id',
      defaultSort: { field: 'id', direction: 'desc' },
    });
    for (const field of one.redacted) {
      expect(one.operators.has(field)).toBe(false);
      expect(one.sortable.has(field)).toBe(false);
    }
  });

  it('a field that only looks secret is shown once that is acknowledged, and only then', () => {
    const acknowledgeNotSecret = { User: ['accessToken'] };
    expect(administer(user, { acknowledgeNotSecret }).redacted.has('accessToken')).toBe(false);
    const both = { acknowledgeNotSecret, redactFields: { User: ['accessToken'] } };
    expect(administer(user, both).redacted.has('accessToken')).toBe(true);
  });

  it('a field that refers to a redacted one is redacted, through any number of models', () => {
    const session = model('Session', [column('token', { isNullable: false })], { key: ['token'] });
    const visit = model('Visit', [id, column('session')], {
      references: [{ field: 'session', model: 'Session', targetField: 'token' }],
    });
    const click = model('Click', [id, column('visit')], {
      references: [{ field: 'visit', model: 'Visit', targetField: 'session' }],
    });
    const models = administerModels([click, visit, session], { expose: ['Click', 'Visit'] });
    expect([...models.get('Visit')!.redacted, ...models.get('Click')!.redacted]).toEqual([
      'session',
      'visit',
    ]);
    expect(models.get('Click')!.references).toEqual([]);
  });

  it('a relation to a model that is not exposed is none', () => {
    const order = model('Order', [id, column('userId')], {
      references: [{ field: 'userId', model: 'User', targetField: 'id' }],
    });
    expect(administerModels([order, user], { expose: ['Order'] }).get('Order')!.references).toEqual([]);
    const named = administerModels([order, user], { expose: { Purchase: 'Order', Customer: 'User' } });
    expect(named.get('Purchase')!.references).toEqual([
      { field: 'userId', model: 'Customer', targetField: 'id' },
    ]);
    expect(named.get('Purchase')!.source.name).toBe('Order');
  });

  it.each([
    ['an unknown model', { expose: ['Nothing'] }, 'MODEL_NOT_FOUND'],
    ['a model of redactFields that is not exposed', { redactFields: { Usr: ['email'] } }, 'MODEL_NOT_FOUND'],
    ['a model of denyDelete that is not exposed', { denyDelete: ['Usr'] }, 'MODEL_NOT_FOUND'],
    ['a field that is not there', { redactFields: { User: ['e-mail'] } }, 'FIELD_NOT_FOUND'],
    [
      'a field that is not there in an override',
      { overrides: { User: { listFields: ['x'] } } },
      'FIELD_NOT_FOUND',
    ],
    [
      'what is always hidden as acknowledged',
      { acknowledgeNotSecret: { User: ['apiKey'] } },
      'CONFIGURATION_INVALID',
    ],
    ['a sort of another form', { overrides: { User: { defaultSort: 'email up' } } }, 'CONFIGURATION_INVALID'],
    ['a hidden key', { redactFields: { User: ['id'] } }, 'KEY_REDACTED'],
  ])('%s is refused at start', (_, options, code) => {
    expect(() => administer(user, options as Partial<AdminModelOptions>)).toThrow(code);
  });

  it('a model without a key is not administered', () => {
    expect(() => administer(model('Log', [column('line')], { key: [] }))).toThrow('MODEL_WITHOUT_KEY');
  });
});
