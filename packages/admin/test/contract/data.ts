import { createHash } from 'node:crypto';

/** One row, as it is kept. */
export type Row = Record<string, unknown>;
/** Whether the product has this defect; each is named like the criterion that finds it. */
export type Broken = (criterion: string) => boolean;

/** A field of the small product, before it is written as the wire has it. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly operators: readonly string[];
  readonly rest?: Readonly<Record<string, unknown>>;
}

const comparing = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'is_null'];
const texts = ['eq', 'ne', 'contains', 'in', 'is_null'];
const same = ['eq', 'ne', 'in', 'is_null'];
const key = { is_key: true, read_only: 'key', is_nullable: false };
const redacted = {
  is_redacted: true,
  read_only: 'redacted',
  is_sortable: false,
  is_optional_on_create: true,
};

const itemFields: readonly Field[] = [
  { name: 'id', type: 'uuid', operators: same, rest: { ...key, is_optional_on_create: true } },
  { name: 'name', type: 'string', operators: texts, rest: { is_indexed: true, max_length: 100 } },
  { name: 'note', type: 'text', operators: ['contains', 'is_null'], rest: { is_nullable: true } },
  { name: 'status', type: 'enum', operators: same, rest: { values: ['open', 'closed', 'lost'] } },
  { name: 'count', type: 'integer', operators: comparing },
  { name: 'big', type: 'bigint', operators: comparing },
  { name: 'amount', type: 'decimal', operators: comparing },
  { name: 'rating', type: 'float', operators: comparing, rest: { is_nullable: true } },
  { name: 'active', type: 'boolean', operators: same },
  { name: 'madeOn', type: 'date', operators: comparing },
  { name: 'createdAt', type: 'timestamp', operators: comparing, rest: { read_only: 'generated' } },
  {
    name: 'userId',
    type: 'integer',
    operators: comparing,
    rest: { references: { model: 'User', field: 'id' } },
  },
  {
    name: 'origin',
    type: 'string',
    operators: texts,
    rest: { read_only: 'denied', is_optional_on_create: true },
  },
  { name: 'apiKey', type: 'string', operators: [], rest: redacted },
  { name: 'passwordHash', type: 'string', operators: [], rest: redacted },
];
const userFields: readonly Field[] = [
  { name: 'id', type: 'integer', operators: comparing, rest: { ...key, is_optional_on_create: true } },
  { name: 'email', type: 'string', operators: texts, rest: { is_indexed: true } },
];

const usual = {
  list: { min_role: 'support', needs_approval: false },
  read: { min_role: 'support', needs_approval: false },
  create: { min_role: 'admin', needs_approval: false },
  update: { min_role: 'admin', needs_approval: false },
  delete: { min_role: 'owner', needs_approval: false },
};

function action(name: string, needs_approval: boolean) {
  return {
    name,
    label: name,
    description: '',
    min_role: 'admin',
    is_read_only: false,
    needs_approval,
    takes_row: true,
    form: null,
  };
}

function toWire({ name, type, operators, rest }: Field): Row {
  const none = { item_type: null, values: null, max_length: null, references: null, read_only: null };
  const no = { is_nullable: false, is_key: false, is_redacted: false, is_optional_on_create: false };
  return {
    name,
    label: name,
    type,
    operators,
    ...none,
    ...no,
    is_sortable: true,
    is_indexed: false,
    ...rest,
  };
}

/** The models as the schema document has them. */
export function modelsOf(broken: Broken) {
  const items = itemFields.map(toWire);
  const change = (name: string, to: Row): void =>
    void Object.assign(items.find((one) => one.name === name)!, to);
  if (broken('redaction.default_names')) change('apiKey', { is_redacted: false, read_only: null });
  if (broken('redaction.schema')) change('passwordHash', { operators: ['eq'], is_sortable: true });
  if (broken('schema.relations')) change('userId', { references: { model: 'Nowhere', field: 'id' } });
  const same = { label_field: 'id', default_sort: { field: 'id', direction: 'asc' }, referenced_by: [] };
  const update = broken('schema.roles') ? { ...usual.update, min_role: 'support' } : usual.update;
  return [
    {
      ...same,
      name: 'Item',
      label: 'Item',
      label_plural: 'Items',
      key: ['id'],
      fields: items,
      label_field: 'name',
      list_fields: ['id', 'name', 'note', 'status', 'rating', 'createdAt'],
      search_fields: broken('schema.names') ? ['name', 'nowhere'] : ['name'],
      default_sort: { field: 'createdAt', direction: 'desc' },
      actions: { ...usual, update },
      custom_actions: [action('close', true)],
    },
    {
      ...same,
      name: 'User',
      label: 'User',
      label_plural: 'Users',
      key: ['id'],
      fields: userFields.map(toWire),
      list_fields: ['id', 'email'],
      search_fields: ['email'],
      actions: { ...usual, create: null, delete: null },
      custom_actions: [action('createActorToken', false)],
    },
  ];
}

/** One model of the document. */
export type Model = ReturnType<typeof modelsOf>[number];

const two = (value: number): string => String(value).padStart(2, '0');

/** Rows to begin with; every value is in the wire's form. */
export function rowsOf(): Record<string, Row[]> {
  return {
    Item: Array.from({ length: 24 }, (_, n) => ({
      id: `01930000-0000-7000-8000-0000000000${two(n)}`,
      name: `Item number ${two(n)}`,
      note: n % 3 === 0 ? null : `Note ${n} of the shop`,
      status: ['open', 'closed', 'lost'][n % 3],
      count: (n * 7) % 12,
      big: `${9_007_199_254_740_993n + BigInt(n)}`,
      amount: `${n}.50`,
      rating: n % 4 === 0 ? null : n / 2,
      active: n % 2 === 0,
      madeOn: `2026-01-${two(n + 1)}`,
      createdAt: `2026-02-01T10:${two(n)}:00.123456Z`,
      userId: 1 + (n % 6),
      origin: n % 2 === 0 ? 'import' : 'shop',
      apiKey: `key-of-${n}`,
      passwordHash: `hash-of-${n}`,
    })),
    User: Array.from({ length: 6 }, (_, n) => ({ id: n + 1, email: `user${n + 1}@shop.example` })),
  };
}

/** The version of a row. */
export function versionOf(row: Row): string {
  return createHash('sha256').update(JSON.stringify(row)).digest('base64url');
}
