import { randomUUID } from 'node:crypto';
import {
  buildRuntime,
  type CallReport,
  customAction,
  type IntentArgs,
  IntentRouter,
  IntentService,
  type MountedSurface,
} from '@castellan/intents';
import { createTestDatabase } from '@castellan/testkit/database';
import { eq } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { bodyDigest, type Issuer, newKey, type SigningKey, startIssuer } from '../../src/contract/issuer.ts';
import {
  type AdminOperator,
  type AutoAdminOptions,
  adminMachineAuth,
  autoAdmin,
  configureAdminAuth,
  resetAdminForTests,
} from '../../src/index.ts';
import { drizzleAdmin } from '../../src/orm/drizzle/index.ts';
import { Order, schema, shopSql, User } from './postgresql.ts';

type Db = NodePgDatabase<typeof schema>;
type Args<P = undefined> = IntentArgs<P, AdminOperator, Db>;

/** Registered by hand: what it does for people is its own, and its admin actions join the model of the same name. */
class UserService extends IntentService {
  async list() {
    return ['by hand'];
  }
  ban = customAction({ adminOnly: true, description: 'Lock somebody out' }, async ({ db, id }: Args) => {
    await db
      .update(User)
      .set({ name: 'Banned' })
      .where(eq(User.id, BigInt(id!)));
    return { banned: true };
  });
  look = customAction(
    { adminOnly: true, minRole: 'support', readOnly: true },
    async ({ user, context }: Args) => ({ operator: user.email, correlation: context.requestId }),
  );
  note = customAction({ adminOnly: true }, async ({ id }: Args) => ({ noted: String(id).length }));
  fail = customAction({ adminOnly: true, takesRow: true }, async ({ db, id }: Args) => {
    await db
      .update(User)
      .set({ name: 'Half done' })
      .where(eq(User.id, BigInt(id!)));
    throw new Error('canary-of-the-handler');
  });
}

class OrderService extends IntentService {
  refund = customAction(
    { adminOnly: true, minRole: 'support', payload: z.object({ reason: z.string().min(3) }) },
    async ({ db, id, payload }: Args<{ reason: string }>) => {
      await db
        .update(Order)
        .set({ status: 'refunded', note: payload.reason })
        .where(eq(Order.id, String(id)));
      return { refunded: true };
    },
  );
  close = customAction({ adminOnly: true }, async ({ db, id }: Args) => {
    await db
      .update(Order)
      .set({ status: 'closed' })
      .where(eq(Order.id, String(id)));
    return { closed: true };
  });
}

/** How a call differs from a good one of an owner. */
export interface CallOptions {
  readonly role?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
  readonly sign?: (input: string, key: SigningKey) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The token itself. */
  readonly token?: string;
  /** Sent instead of what the token is for. */
  readonly bodySent?: string;
}

/** What a surface answered. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly data: any;
  readonly code: string | undefined;
  readonly error:
    | { readonly message: string; readonly fields?: unknown; readonly details?: unknown }
    | undefined;
}

const usual: AutoAdminOptions = {
  expose: ['User', 'Order', 'OrderLine'],
  redactFields: { User: ['last_ip'] },
  acknowledgeNotSecret: { User: ['pinColor'] },
  denyEditFields: { User: ['balance'] },
  denyDelete: ['User'],
  overrides: { Order: { actions: { close: { needsApproval: true } } } },
};

/** A shop on PostgreSQL that is administered, with an issuer of its own. */
export async function openShop(options: Partial<AutoAdminOptions> = {}) {
  const database = await createTestDatabase({ content: 'empty' });
  await database.pool.query(shopSql);
  const issuer = await startIssuer('http://127.0.0.1:0');
  const db = drizzle(database.pool, { schema });
  const reports: CallReport[] = [];
  resetAdminForTests();
  configureAdminAuth({ issuer: issuer.url, audience: 'shop', schema: drizzleAdmin(schema) });
  const mount = (others: Partial<AutoAdminOptions> = {}) => {
    const router = new IntentRouter({ runtime: buildRuntime({ onCall: (report) => reports.push(report) }) })
      .register('User', new UserService())
      .register('Order', new OrderService());
    autoAdmin(router, { ...usual, ...options, ...others });
    const people = { getUser: () => ({ name: 'Ada' }), getDb: () => db };
    return {
      router,
      admin: router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => db }),
      standard: router.build(people),
      machine: router.buildMachine(people),
      legacyAdmin: router.buildLegacyAdmin({ ...people, isAdmin: () => true }),
    };
  };
  const surfaces = mount();
  return {
    ...surfaces,
    db,
    database,
    issuer,
    reports,
    /** Another process of the same product, or its next release: it shares nothing but the database. */
    anotherProcess: (others?: Partial<AutoAdminOptions>) => mount(others).admin,
    call: (intent: Readonly<Record<string, unknown>>, how?: CallOptions) =>
      call(surfaces.admin, issuer, intent, how),
    document: (how: CallOptions = {}) => document(surfaces.admin, issuer, how),
    close: async () => {
      await issuer.close();
      await database.drop();
    },
  };
}

/** An open shop. */
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** A token for this body, good unless something is put otherwise. */
export function tokenFor(
  issuer: Issuer,
  body: string,
  { role = 'owner', claims, header, key, sign }: CallOptions = {},
  method = 'POST',
): string {
  const iat = Math.floor(Date.now() / 1000);
  return issuer.token({
    claims: {
      iss: issuer.url,
      aud: 'shop',
      sub: 'operator-1',
      email: 'op@example.com',
      name: 'Op',
      role,
      jti: randomUUID(),
      iat,
      exp: iat + 60,
      correlation_id: 'click-12345678',
      method,
      body_sha256: bodyDigest(body),
      ...claims,
    },
    ...(header ? { header } : {}),
    ...(key ? { key } : {}),
    ...(sign ? { sign } : {}),
  });
}

/** One call to a surface, as the platform makes it. */
export async function call(
  surface: MountedSurface,
  issuer: Issuer,
  intent: Readonly<Record<string, unknown>>,
  how: CallOptions = {},
): Promise<Answered> {
  const body = JSON.stringify(intent);
  const token = how.token ?? tokenFor(issuer, body, how);
  return answered(
    await surface.fetch(
      new Request(`http://shop${surface.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...how.headers },
        body: how.bodySent ?? body,
      }),
    ),
  );
}

async function document(surface: MountedSurface, issuer: Issuer, how: CallOptions): Promise<Answered> {
  const token = how.token ?? tokenFor(issuer, '', how, 'GET');
  return answered(
    await surface.fetch(
      new Request(`http://shop${surface.path}/schema`, { headers: { authorization: `Bearer ${token}` } }),
    ),
  );
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const { data, error } = JSON.parse(text) as {
    data?: unknown;
    error?: NonNullable<Answered['error']> & { readonly code: string };
  };
  return { status: response.status, text, data, error, code: error?.code };
}

/** A custom action. */
export const custom = (model: string, command: string, payload?: unknown, id?: string) => ({
  model,
  action: 'custom',
  command,
  ...(payload === undefined ? {} : { payload }),
  ...(id === undefined ? {} : { id }),
});

export { newKey };
