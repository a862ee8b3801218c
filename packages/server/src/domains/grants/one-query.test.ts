import { allRoutes, pathOf, type RouteDefinition, type TokenKind } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { browserOf } from '../../../test/enrol.ts';

/** What a caller is known by costs one query: asserted for each route that takes a credential and checks what it is given. */

const someId = '01930000-0000-7000-8000-000000000001';
const kinds = ['admin_session', 'service_key', 'browser_session'] as const satisfies readonly TokenKind[];
const guarded = (allRoutes as readonly RouteDefinition[]).filter(
  (route) =>
    route.protocol === undefined &&
    route.takes === undefined &&
    kinds.some((kind) => route.auth.includes(kind)) &&
    (route.query !== undefined || route.body !== undefined),
);
let house: TestPlatform;
let headersOf: Record<(typeof kinds)[number], Record<string, string>>;

beforeAll(async () => {
  house = await createTestPlatform();
  const { cookie } = await browserOf(house, await house.person());
  headersOf = {
    admin_session: {
      cookie: (await house.administrator()).cookie,
      origin: house.settings.ADMIN_URL,
      'x-requested-with': 'test',
      'sec-fetch-site': 'same-origin',
    },
    service_key: { authorization: `Bearer ${await house.service('orders')}` },
    browser_session: { cookie, origin: house.settings.PUBLIC_URL, 'x-requested-with': 'test' },
  };
});
afterAll(() => house.close());

/** Sends what no route takes, with a good credential: the caller is read, and then the request is refused. */
async function queriesOf(route: RouteDefinition): Promise<{ status: number; queries: number }> {
  const { pool } = house.platform.database;
  // Each query of the pool takes a connection of it, and so does each transaction.
  const connect = vi.spyOn(pool, 'connect');
  const path = pathOf(
    route,
    Object.fromEntries(
      ['id', 'uid', 'sid', 'cid', 'kid', 'gid', 'said', 'vid', 'rid', 'type', 'scope'].map((name) => [
        name,
        someId,
      ]),
    ),
  );
  const app = route.listener === 'public' ? house.platform.publicListener : house.platform.adminListener;
  const kind = kinds.find((one) => route.auth.includes(one))!;
  const answer = await app.inject({
    method: route.method,
    url: route.query ? `${path}?no_such_field=1` : path,
    headers: { ...headersOf[kind], ...(route.body ? { 'content-type': 'application/json' } : {}) },
    ...(route.body ? { payload: '{"no_such_field":1}' } : {}),
  });
  const queries = connect.mock.calls.length;
  connect.mockRestore();
  return { status: answer.statusCode, queries };
}

it.each(guarded.map((route) => [route.id, route] as const))('%s', async (_, route) => {
  // What the platform does by itself in the background takes connections too: it is not there each time.
  const asked = [await queriesOf(route), await queriesOf(route), await queriesOf(route)];
  const fewest = Math.min(...asked.map(({ queries }) => queries));
  // AuthZEN's objects are open: there what they need is missing.
  expect({ fewest, status: asked[0]!.status }).toEqual({ fewest: 1, status: expect.toBeOneOf([400, 422]) });
});
