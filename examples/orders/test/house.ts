import { resetAdminForTests } from '@castellan/admin';
import {
  clientSecretsCreate,
  clientsCreate,
  login,
  roleMembersAdd,
  rolesCreate,
  serviceActionsList,
  servicesList,
} from '@castellan/contract';
import { type Castellan, createCastellan } from '@castellan/sdk';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { createTestDatabase } from '@castellan/testkit/database';
import type { FastifyInstance } from 'fastify';
import { actions } from '../src/access.ts';
import { createOrdersApp } from '../src/app.ts';
import { type Connection, connect } from '../src/database/connect.ts';
import { callbackPath } from '../src/sign-in/castellan-client.ts';

export type TestPerson = Awaited<ReturnType<TestPlatform['person']>>;
export type TestWorkspace = Awaited<ReturnType<TestPlatform['workspace']>>;

/** A real platform and the product beside it, both listening on loopback, each on a database of its own. */
export interface OrdersHouse {
  readonly platform: TestPlatform;
  readonly issuer: string;
  readonly serviceKey: string;
  /** Castellan, as the product sees it. */
  readonly castellan: Castellan;
  readonly connection: Connection;
  readonly app: FastifyInstance;
  readonly address: string;
  /** An access token of a new sign-in. */
  signIn(person: TestPerson, workspaceId?: string): Promise<string>;
  /** Makes the role Approver in a workspace, which may refund. @returns how to give it to one of its members */
  approver(workspaceId: string): Promise<(person: TestPerson) => Promise<void>>;
  stop(): Promise<void>;
}

/**
 * Starts both. `page` is the folder of the built page, where a test needs one; `platformOptions` are the platform's, where a test
 * needs its console.
 */
export async function startOrdersHouse(
  page?: string,
  platformOptions: Parameters<typeof createTestPlatform>[0] = {},
): Promise<OrdersHouse> {
  const [platformPort, ordersPort] = await Promise.all([freePort(), freePort()]);
  const issuer = `http://127.0.0.1:${platformPort}`;
  const address = `http://127.0.0.1:${ordersPort}`;
  const platform = await createTestPlatform({
    ...platformOptions,
    // The product is on this machine, and the console asks its admin surface there.
    settings: { PUBLIC_URL: issuer, OUTBOUND_ALLOW: '127.0.0.1', ...platformOptions.settings },
  });
  await platform.platform.publicListener.listen({ host: '127.0.0.1', port: platformPort });
  const serviceKey = await platform.service('orders', [address]);
  const operator = await platform.administrator();
  await platform.query('UPDATE services SET admin_url = $1', [address]);
  const { id } = (await operator.call(servicesList)).result.items[0]!;
  const { result: client } = await operator.call(clientsCreate, {
    params: { id },
    body: { name: 'Orders', redirectUris: [`${address}${callbackPath}`] },
  });
  const { result: made } = await operator.call(clientSecretsCreate, {
    params: { id, cid: client.id },
    body: {},
  });

  const testDatabase = await createTestDatabase({ content: 'empty' });
  const connection = await connect(testDatabase.url, () => {});
  const castellan = createCastellan({
    issuer,
    service: 'orders',
    serviceKey,
    clock: {
      now: () => platform.clock.now().getTime(),
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    },
  });
  resetAdminForTests();
  const app = createOrdersApp({
    castellan,
    database: connection.database,
    logLevel: 'silent',
    acting: { ownUrl: address, serviceKey },
    oauth: { clientId: client.clientId, clientSecret: made.secret, ownUrl: address },
    ...(page === undefined ? {} : { page }),
  });
  await app.listen({ host: '127.0.0.1', port: ordersPort });
  await castellan.actions.register(actions);

  return {
    platform,
    issuer,
    serviceKey,
    castellan,
    connection,
    app,
    address,
    async signIn({ email, password }, workspaceId) {
      const body = { email, password, service: 'orders', ...(workspaceId ? { workspaceId } : {}) };
      return (await platform.caller().call(login, { body })).result.accessToken;
    },
    async approver(workspaceId) {
      const listed = await operator.call(serviceActionsList, { query: { service: 'orders' } });
      const { result: role } = await operator.call(rolesCreate, {
        params: { id: workspaceId },
        body: {
          name: 'Approver',
          actionIds: listed.result.items.filter(({ name }) => name === 'orders:refund').map((one) => one.id),
        },
      });
      return async ({ id: uid }) => {
        const answer = await operator.call(roleMembersAdd, { params: { id: role.id, uid } });
        if (answer.status !== 204) throw new Error(`The role was not given: ${answer.text}`);
      };
    },
    async stop() {
      await app.close();
      await connection.pool.end();
      await testDatabase.drop();
      await platform.close();
    },
  };
}
