/**
 * A product with one table of orders. `surface`: the admin-machine surface of `@castellan/admin` over Drizzle, every check on. `bare`,
 * `bare-prepared` and `bare-drizzle`: a Fastify handler that runs the very statement that the surface runs for its list, by the driver
 * alone, as a statement that the database keeps, or through Drizzle, and answers the rows. `GET /token-checks` tells how long the surface took for signatures and claims, in milliseconds.
 */
import { adminMachineAuth, autoAdmin, configureAdminAuth } from '@castellan/admin';
import { drizzleAdmin } from '@castellan/admin/drizzle';
import { IntentRouter } from '@castellan/intents';
import { toFastify } from '@castellan/intents/fastify';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import {
  bigint,
  boolean,
  index,
  integer,
  numeric,
  pgTable,
  text,
  timestamp,
  varchar,
} from 'drizzle-orm/pg-core';
import Fastify from 'fastify';
import pg from 'pg';

const orders = pgTable(
  'bench_orders',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey(),
    number: varchar('number', { length: 40 }).notNull().unique(),
    customerName: varchar('customer_name', { length: 120 }).notNull(),
    status: text('status').notNull(),
    total: numeric('total', { precision: 12, scale: 2 }).notNull(),
    isPaid: boolean('is_paid').notNull(),
    lines: integer('lines').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('bench_orders_created_at').on(table.createdAt)],
);

const { BENCH_ADMIN_KEY: key = '', BENCH_ADMIN_ISSUER: issuer = '', DATABASE_URL } = process.env;
const mode = process.argv[2] ?? 'surface';
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 16 });
let logged: { readonly query: string; readonly params: readonly unknown[] } | undefined;
const isListed = (query: string): boolean => query.includes('"bench_orders"') && query.includes('ORDER BY');
const db = drizzle(pool, {
  // The statement is caught once, where it is to be run without the surface.
  logger:
    mode === 'surface'
      ? false
      : {
          logQuery: (query, params) => {
            if (isListed(query)) logged = { query, params };
          },
        },
});

configureAdminAuth({
  issuer,
  audience: 'bench',
  schema: drizzleAdmin({ Order: orders }, { preparesStatements: true }),
  fetch: async () => new Response(JSON.stringify({ keys: [JSON.parse(key)] })),
});
const router = new IntentRouter();
autoAdmin(router, { expose: ['Order'] });
const authenticate = adminMachineAuth();
const tokenChecks: number[] = [];
const surface = router.buildAdminMachine({
  getDb: () => db,
  getUser: async (call) => {
    const startedAt = performance.now();
    const operator = await authenticate(call);
    tokenChecks.push(performance.now() - startedAt);
    if (tokenChecks.length > 200_000) tokenChecks.splice(0, 100_000);
    return operator;
  },
});

const app = Fastify();
app.get('/readyz', async () => ({ status: 'ready' }));
app.get('/token-checks', async () => {
  const sorted = tokenChecks.toSorted((one, other) => one - other);
  const at = (share: number): number | undefined => sorted[Math.floor(sorted.length * share)];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
});

if (mode === 'surface') await app.register(toFastify(surface));
else {
  /** Runs the list once through the surface, as the caller's first request, and remembers its statement. */
  app.post('/learn', async (request, reply) => {
    const answer = await surface.fetch(
      new Request('http://127.0.0.1/api/admin-machine-intent', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: String(request.headers.authorization),
        },
        body: JSON.stringify(request.body),
      }),
    );
    return reply.code(answer.status).send(await answer.json());
  });
  app.post('/bare', async () => {
    if (!logged) throw new Error('Nothing was learnt yet');
    const { query, params } = logged;
    const name = mode === 'bare-prepared' ? 'bare' : undefined;
    const found =
      mode === 'bare-drizzle'
        ? await db.execute(sql.raw(query))
        : await pool.query({ name, text: query, values: [...params] });
    return { data: { items: found.rows } };
  });
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PUBLIC_PORT) });
