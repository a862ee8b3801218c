import { fileURLToPath } from 'node:url';
import {
  actionsRegister,
  adminLogin,
  groupMembersAdd,
  groupsCreate,
  resourcesRegister,
  resourcesShare,
  roleGroupsAdd,
  roleMembersAdd,
  rolesCreate,
  serviceActionsList,
} from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import {
  expectAccessible,
  launchBrowser,
  screenshot,
  settled,
  type TestPage,
} from '@castellan/testkit/browser';
import { expect } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Sixty characters, as long as names get. */
export const longName = 'Maximiliana Wilhelmina Bartholomew-Featherstonehaugh de Vega';

/** A platform with a console and nothing else, and a browser to look at it. */
export async function openConsole(settings: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  const address = `http://localhost:${port}`;
  const house = await createTestPlatform({
    consoleDirectory: dist,
    settings: { ADMIN_URL: address, ...settings },
  });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  const admin = await house.administrator();
  const browser = await launchBrowser();
  return {
    house,
    admin,
    address,
    /** Opens a page as somebody who has signed in. */
    async open(
      path: string,
      look: {
        theme?: 'light' | 'dark';
        width?: number;
        tolerates?: RegExp;
        /** Who it is; the administrator unless told. */
        as?: { readonly email: string; readonly password: string };
      } = {},
    ) {
      const { tolerates, as: person = admin.person, ...rest } = look;
      const opened = await browser.openPage({
        url: `${address}${path}`,
        tolerates: [/status of 401/, ...(tolerates ? [tolerates] : [])],
        cookie: await signIn(house, person),
        ...rest,
      });
      await opened.page.locator('#main h1').waitFor();
      return opened;
    },
    async close() {
      await browser.close();
      await house.close();
    },
  };
}

/** Signs somebody in over HTTP. @returns the cookie: pages of others than the sign-in page itself begin behind it */
export async function signIn(
  house: Pick<TestPlatform, 'caller'>,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<string> {
  const answer = await house.caller().call(adminLogin, { body: { email, password } });
  if (answer.status !== 200) throw new Error(`${email} could not sign in: ${answer.text}`);
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

/** Judges a page as it is now: accessible, not wider than the window; and takes its picture. */
export async function judge({ page }: Pick<TestPage, 'page'>, name: string): Promise<void> {
  await settled(page);
  await screenshot(page, name);
  await expectAccessible(page);
  expect(
    await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
    `${name} is too wide`,
  ).toBe(true);
}

/** What `orders` can do, in this world. */
export const orderActions = [
  { name: 'orders:cancel', description: 'Cancel an order before it is shipped' },
  { name: 'orders:read', description: 'See orders' },
  { name: 'orders:refund', description: 'Pay an order back, in part or in whole' },
  { name: 'orders:write', description: '' },
];

type Console = Pick<Awaited<ReturnType<typeof openConsole>>, 'house' | 'admin'>;

/**
 * Two services with actions, a workspace whose group Finance holds the role Approver, and resources of which one is
 * shared. Bob is in the group, Cleo holds the role herself, Dan holds nothing.
 */
export async function furnish({ house, admin }: Console) {
  const bob = await house.person({ name: 'Bob Baker' });
  const cleo = await house.person({ name: 'Cleo Carter' });
  const dan = await house.person({ name: 'Dan Dryden' });
  const long = await house.person({ name: longName });
  const workspace = await house.workspace({
    name: 'Acme',
    members: [
      [long, 'owner'],
      [bob, 'viewer'],
      [cleo, 'viewer'],
      [dan, 'viewer'],
    ],
  });
  const register = async (name: string, actions: { name: string; description?: string }[]) => {
    const key = await house.service(name);
    const service = house.caller({ authorization: `Bearer ${key}` });
    await service.call(actionsRegister, { body: { actions } });
    return service;
  };
  const orders = await register('orders', [...orderActions, { name: 'orders:fax' }]);
  // What it no longer names is absent from now on.
  await orders.call(actionsRegister, { body: { actions: orderActions } });
  await register('billing', [
    { name: 'invoice:issue', description: 'Issue an invoice and send it' },
    { name: `invoice:${'a-rather-long-word-'.repeat(4)}end`, description: longName },
  ]);
  const { items: actions } = (await admin.call(serviceActionsList, { query: {} })).result;
  const actionId = (name: string) => actions.find((action) => action.name === name)?.id ?? '';
  const create = (name: string, names: readonly string[], description = '') =>
    admin
      .call(rolesCreate, {
        params: { id: workspace.id },
        body: { name, description, actionIds: names.map(actionId) },
      })
      .then(({ result }) => result);
  const approver = await create('Approver', ['orders:refund', 'orders:read'], 'Decides about refunds');
  const clerk = await create(longName.slice(0, 60), ['orders:read', 'orders:fax', 'invoice:issue']);
  const finance = (
    await admin.call(groupsCreate, { params: { id: workspace.id }, body: { name: 'Finance' } })
  ).result;
  await admin.call(groupMembersAdd, { params: { id: finance.id, uid: bob.id } });
  await admin.call(roleGroupsAdd, { params: { id: approver.id, gid: finance.id } });
  await admin.call(roleMembersAdd, { params: { id: approver.id, uid: cleo.id } });
  const { results } = (
    await orders.call(resourcesRegister, {
      body: {
        resources: [
          { type: 'order', id: 'O-1', workspaceId: workspace.id, ownerId: bob.id },
          { type: 'order', id: 'O-2', workspaceId: workspace.id, visibility: 'workspace' },
          { type: 'return', id: `R-${'0'.repeat(90)}1`, workspaceId: workspace.id, ownerId: long.id },
        ],
      },
    })
  ).result;
  await orders.call(resourcesShare, {
    params: { type: 'order', rid: 'O-1' },
    body: { userId: cleo.id, permission: 'edit' },
  });
  await orders.call(resourcesShare, {
    params: { type: 'order', rid: 'O-1' },
    body: { groupId: finance.id, permission: 'view' },
  });
  return {
    workspace,
    people: { bob, cleo, dan, long },
    roles: { approver, clerk },
    finance,
    order: results[0]?.permissionId ?? '',
    actionId,
  };
}

/** What a house with a console is furnished with. */
export type World = Awaited<ReturnType<typeof furnish>>;
