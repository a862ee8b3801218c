import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { adminMachineAuth, autoAdmin, configureAdminAuth } from '@castellan/admin';
import { IntentRouter } from '@castellan/intents';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, index, integer, numeric, pgTable, text, timestamp, varchar } from 'drizzle-orm/pg-core';
import type pg from 'pg';

const orders = pgTable(
  'scale_orders',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey(),
    number: varchar('number', { length: 40 }).notNull(),
    email: varchar('email', { length: 120 }),
    customerId: integer('customer_id').notNull(),
    status: text('status').notNull(),
    total: numeric('total', { precision: 12, scale: 2 }).notNull(),
    note: text('note'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    index('scale_orders_number').on(table.number.op('text_pattern_ops')),
    index('scale_orders_email').on(table.email.op('text_pattern_ops')),
    index('scale_orders_customer_id').on(table.customerId),
    index('scale_orders_created_at').on(table.createdAt),
  ],
);

/** Makes the table, without its indexes. */
export const createTable = `
  CREATE TABLE scale_orders (id bigint NOT NULL, number varchar(40) NOT NULL, email varchar(120), customer_id integer NOT NULL, status text NOT NULL,
    total numeric(12,2) NOT NULL, note text, created_at timestamptz NOT NULL)`;

/** Rows from `$1` to `$2`: numbers that share beginnings, an e-mail for two of three, a hundred orders a customer, fifty in a second. */
export const insertRows = `
  INSERT INTO scale_orders
  SELECT n, chr(65 + (n % 26)::int) || '-' || lpad(((n * 7919) % 100000000)::text, 8, '0'),
         CASE WHEN n % 3 > 0 THEN 'person' || (n * 31) % 9999991 || '@example.com' END, 1 + n / 100,
         (ARRAY['open', 'paid', 'shipped', 'returned'])[1 + n % 4], (n % 1000000) / 100.0,
         CASE WHEN n % 10 = 0 THEN 'Call before delivery ' || n END, timestamptz '2015-01-01' + n * interval '20 milliseconds'
  FROM generate_series($1::bigint, $2::bigint) AS n`;

/** What makes a table of that size fast to find things in; made when it is full. */
export const createIndexes = [
  'ALTER TABLE scale_orders ADD PRIMARY KEY (id)',
  'CREATE INDEX scale_orders_number ON scale_orders (number text_pattern_ops)',
  'CREATE INDEX scale_orders_email ON scale_orders (email text_pattern_ops)',
  'CREATE INDEX scale_orders_customer_id ON scale_orders (customer_id)',
  'CREATE INDEX scale_orders_created_at ON scale_orders (created_at)',
];

/** What a list answers, as far as the proof looks at it. */
export interface ListAnswer {
  readonly items: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
  readonly total: { readonly count: number; readonly is_estimate: boolean } | null;
}

/** One call of the admin-machine surface. */
export type List = (
  payload: object,
  limit?: number,
) => Promise<{ readonly data: ListAnswer; readonly tookMs: number }>;

/** A product that administers its orders; each call has a token of its own, and is timed from its request to its whole answer. */
export function openProduct(pool: pg.Pool): List {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = 'proof-key';
  const issuer = 'https://id.proof.example';
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' }] };
  const db = drizzle(pool);
  configureAdminAuth({
    issuer,
    audience: 'proof',
    schema: { Order: orders },
    fetch: async () => new Response(JSON.stringify(keys)),
  });
  const router = new IntentRouter();
  autoAdmin(router, {
    expose: ['Order'],
    cursorSecret: randomBytes(32),
    overrides: { Order: { searchFields: ['number', 'email'] } },
  });
  const surface = router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => db });
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

  return async (payload, limit = 25) => {
    const body = JSON.stringify({ model: 'Order', action: 'list', payload, limit });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: 'proof',
      sub: 'operator-1',
      email: 'operator@proof.example',
      name: 'Operator',
      role: 'support',
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
      correlation_id: randomUUID(),
      method: 'POST',
      body_sha256: createHash('sha256').update(body).digest('base64url'),
    };
    const input = `${encode({ alg: 'EdDSA', typ: 'castellan-admin+jwt', kid })}.${encode(claims)}`;
    const token = `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const startedAt = performance.now();
    const response = await surface.fetch(
      new Request('http://127.0.0.1/api/admin-machine-intent', { method: 'POST', headers, body }),
    );
    const text = await response.text();
    const tookMs = performance.now() - startedAt;
    if (!response.ok) throw new Error(`The list was refused: ${text}`);
    return { data: (JSON.parse(text) as { data: ListAnswer }).data, tookMs };
  };
}
