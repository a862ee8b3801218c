import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { approvalsApprove, approvalsRead, approvalsRequest, productsIntent } from '@castellan/contract';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';
import { logIntent } from './intent-log.ts';
import { createProductCalls } from './product-calls.ts';
import { reconcileIntents } from './reconcile-intents.ts';

let world: ProductsHouse;
let admin: TestOperator;
beforeAll(async () => {
  world = await openProductsHouse();
  admin = await world.operator('admin');
});
afterAll(() => world.close());
beforeEach(() => {
  world.product.manner = 'good';
});

/** One round, as any replica has it. */
function reconcile(): Promise<void> {
  const { platform, clock, settings } = world.house;
  const calls = createProductCalls({
    jwts: platform.jwts,
    clock,
    issuer: settings.PUBLIC_URL,
    allow: settings.OUTBOUND_ALLOW,
    timeoutMs: 1000,
    metrics: { productCalled: () => {} },
    log: pino({ level: 'silent' }),
  });
  return reconcileIntents({ database: platform.database, calls, clock, log: pino({ level: 'silent' }) });
}

const due = () =>
  world.house.query(
    "UPDATE product_intents SET look_again_at = now() - interval '1 second' WHERE look_again_at IS NOT NULL",
  );
const stateOf = async (correlationId: string) =>
  (
    await world.house.query<{ outcome: string | null; open: boolean }>(
      'SELECT outcome, look_again_at IS NOT NULL AS open FROM product_intents WHERE correlation_id = $1',
      [correlationId],
    )
  )[0];
const reconciled = async (correlationId: string) =>
  (await world.events('admin_intent_failed', 'admin_intent_reconciled'))
    .filter((event) => event.correlation_id === correlationId)
    .map(({ action, detail }) => `${action} ${detail.outcome}`);

async function update(correlation: string): Promise<number> {
  const params = { id: world.serviceId };
  const read = await admin.call(productsIntent, {
    params,
    body: { model: 'Order', action: 'read', id: 'o-1' },
  });
  const { version } = read.result.data as { version: string };
  const manner = world.product.manner;
  world.product.manner = pendingManner;
  const answer = await admin.call(productsIntent, {
    params,
    body: {
      model: 'Order',
      action: 'update',
      id: 'o-1',
      payload: { values: { name: correlation }, version },
    },
    headers: { 'x-correlation-id': correlation },
  });
  world.product.manner = manner;
  return answer.status;
}
let pendingManner: typeof world.product.manner = 'good';

/** A change that was written down by a process that then died, before it called or before it could write the answer. */
async function diedAfterWriting(correlation: string, of = admin): Promise<void> {
  const { database } = world.house.platform;
  const origin = { actors: [], address: null, correlationId: correlation };
  await database.write(origin, (tx) =>
    logIntent(tx, {
      service: { id: world.serviceId, name: 'orders' },
      operator: { userId: of.person.id, name: of.person.name },
      role: 'admin',
      intent: { model: 'Order', action: 'update', id: 'o-1' },
    }),
  );
}

it('A14 a connection that broke after the change: it is found in the history and told', async () => {
  pendingManner = 'drops_after_change';
  expect(await update('click-dropped-1')).toBe(502);
  expect(await stateOf('click-dropped-1')).toEqual({ outcome: 'unreachable', open: true });
  await due();
  await reconcile();
  expect(await stateOf('click-dropped-1')).toEqual({ outcome: 'done', open: false });
  expect(await reconciled('click-dropped-1')).toEqual([
    'admin_intent_failed unreachable',
    'admin_intent_reconciled done',
  ]);
});

it('A14 a platform that is killed while the product makes the change: another one finds out', async () => {
  const { house, product, serviceId } = world;
  const ada = await house.administrator();
  const { version } = (
    await ada.call(productsIntent, {
      params: { id: serviceId },
      body: { model: 'Order', action: 'read', id: 'o-2' },
    })
  ).result.data as { version: string };
  const changes = product.changes.length;
  product.manner = 'silent_after_change';
  const child = spawn(
    process.execPath,
    [
      '--conditions=castellan-source',
      fileURLToPath(new URL('../../../test/ask-product.ts', import.meta.url)),
    ],
    {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: house.testDatabase.url,
        PUBLIC_URL: house.settings.PUBLIC_URL,
        ADMIN_URL: house.settings.ADMIN_URL,
        COOKIE_SECURE: 'false',
        KEY_ENCRYPTION_SECRET: house.settings.KEY_ENCRYPTION_SECRET.toString('base64'),
        OUTBOUND_ALLOW: '127.0.0.1',
        PRODUCT_TIMEOUT_SECONDS: '60',
        ASK_COOKIE: ada.cookie,
        ASK_PATH: `/admin/products/${serviceId}/intent`,
        ASK_ID: 'click-killed-01',
        ASK_BODY: JSON.stringify({
          model: 'Order',
          action: 'update',
          id: 'o-2',
          payload: { values: { name: 'Changed' }, version },
        }),
      },
      stdio: 'ignore',
    },
  );
  const ended = new Promise((done) => child.once('exit', (_, signal) => done(signal)));
  for (const giveUpAt = Date.now() + 20_000; product.changes.length === changes && Date.now() < giveUpAt; )
    await new Promise((done) => setTimeout(done, 20));
  expect(product.changes.length).toBe(changes + 1);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  product.manner = 'good';
  expect(await stateOf('click-killed-01')).toEqual({ outcome: null, open: true });
  await due();
  await reconcile();
  expect(await stateOf('click-killed-01')).toEqual({ outcome: 'done', open: false });
  expect(await reconciled('click-killed-01')).toEqual(['admin_intent_reconciled done']);
}, 60_000);

it('A14 after a crash: a change that was made is found, one that was not is told so once it can not come any more', async () => {
  await diedAfterWriting('click-crashed-made');
  world.product.changes.push({
    row: 'o-1',
    action: 'update',
    correlation_id: 'click-crashed-made',
    by: admin.person.id,
    approval: undefined,
  });
  await diedAfterWriting('click-crashed-lost');
  await due();
  await reconcile();
  expect(await stateOf('click-crashed-made')).toEqual({ outcome: 'done', open: false });
  // It may still be under way: what is known is that nobody knows.
  expect(await stateOf('click-crashed-lost')).toEqual({ outcome: 'unknown', open: true });
  await world.house.query(
    "UPDATE product_intents SET sent_at = sent_at - interval '11 minutes' WHERE correlation_id = 'click-crashed-lost'",
  );
  await due();
  await reconcile();
  expect(await stateOf('click-crashed-lost')).toEqual({ outcome: 'not_made', open: false });
  expect(await reconciled('click-crashed-lost')).toEqual([
    'admin_intent_failed unknown',
    'admin_intent_reconciled not_made',
  ]);
});

it('A20 a change that was never made gives back the approval that it used up, once; one that was made does not', async () => {
  const { house, product, serviceId } = world;
  const second = await world.operator('admin');
  const params = { id: serviceId };
  const stateOfApproval = async (id: string) =>
    (await second.call(approvalsRead, { params: { id } })).result.state;
  const given = async (id: string) =>
    house.query("SELECT FROM activity_events WHERE action = 'approval_given_back' AND target_id = $1", [id]);
  /** An approved change whose answer never came. */
  const lost = async (correlation: string, manner: typeof product.manner) => {
    const read = await admin.call(productsIntent, {
      params,
      body: { model: 'Order', action: 'read', id: 'o-1' },
    });
    const { version } = read.result.data as { version: string };
    const intent = {
      model: 'Order',
      action: 'update',
      id: 'o-1',
      payload: { values: { name: correlation }, version },
    };
    const asked = await admin.call(approvalsRequest, {
      params,
      body: { intent, reason: 'The customer asked' },
    });
    const approvalId = asked.result.id;
    await second.call(approvalsApprove, { params: { id: approvalId }, body: {} });
    product.manner = manner;
    const use = () =>
      admin.call(productsIntent, {
        params,
        body: { ...intent, approvalId },
        headers: { 'x-correlation-id': correlation },
      });
    expect((await use()).status).toBe(502);
    product.manner = 'good';
    expect(await stateOfApproval(approvalId)).toBe('used');
    await house.query(
      "UPDATE product_intents SET sent_at = sent_at - interval '11 minutes' WHERE correlation_id = $1",
      [correlation],
    );
    return { approvalId, use };
  };
  const never = await lost('click-approved-lost', 'gateway');
  const made = await lost('click-approved-made', 'drops_after_change');
  for (let round = 0; round < 2; round++) {
    await due();
    await Promise.all([reconcile(), reconcile()]);
  }
  expect(await stateOf('click-approved-lost')).toEqual({ outcome: 'not_made', open: false });
  expect(await stateOf('click-approved-made')).toEqual({ outcome: 'done', open: false });
  expect(await stateOfApproval(never.approvalId)).toBe('approved');
  expect(await stateOfApproval(made.approvalId)).toBe('used');
  await house.platform.settled();
  expect([await given(never.approvalId), await given(made.approvalId)].map(({ length }) => length)).toEqual([
    1, 0,
  ]);
  const [told] = (await world.events('admin_intent_reconciled')).filter(
    ({ correlation_id }) => correlation_id === 'click-approved-lost',
  );
  expect(told?.detail).toMatchObject({ outcome: 'not_made', approval: never.approvalId });
});

it('looks in the name of the operator, marked as the platform, and not for who has no role any more', async () => {
  const gone = await world.operator('admin');
  await diedAfterWriting('click-of-gone-1', gone);
  await due();
  await reconcile();
  const look = world.product.accepted.at(-1)!;
  expect(look).toMatchObject({
    sub: gone.person.id,
    act: { sub: 'castellan' },
    correlation_id: 'click-of-gone-1',
  });
  await world.house.query('DELETE FROM operator_grants WHERE user_id = $1', [gone.person.id]);
  const calls = world.product.heard.length;
  await due();
  await reconcile();
  expect(world.product.heard.length).toBe(calls);
});

it('gives up after the last try, and replicas look once', async () => {
  await diedAfterWriting('click-hopeless-1');
  world.product.manner = 'gateway';
  for (let round = 0; round < 6; round++) {
    await due();
    await Promise.all([reconcile(), reconcile(), reconcile()]);
  }
  expect(await stateOf('click-hopeless-1')).toEqual({ outcome: 'unknown', open: false });
  expect(await reconciled('click-hopeless-1')).toEqual(['admin_intent_failed unknown']);
  const calls = world.product.heard.length;
  await reconcile();
  expect(world.product.heard.length).toBe(calls);
});

it('settled changes are forgotten after thirty days, open ones are not', async () => {
  await diedAfterWriting('click-old-open-1');
  await world.house.query(
    "UPDATE product_intents SET sent_at = now() - interval '31 days', look_again_at = CASE WHEN correlation_id = 'click-old-open-1' THEN now() + interval '1 day' END",
  );
  await reconcile();
  expect((await world.house.query('SELECT FROM product_intents')).length).toBe(1);
});
