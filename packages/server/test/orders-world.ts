import { actionsCheck, resourcesCheck } from '@castellan/contract';
import { createAccessHouse } from './access-house.ts';

/** A subject as tests write it: none, one or two of the ways to name one. */
interface Named {
  readonly token?: string;
  readonly userId?: string;
  readonly workspaceId?: string;
}

/** A small world to ask about: Ada of the group Finance, who may refund; Eve, who administers; four orders. */
export type OrdersWorld = Awaited<ReturnType<typeof createOrdersWorld>>;

/** Makes it, with a token that Ada has of the service. */
export async function createOrdersWorld() {
  const house = await createAccessHouse();
  const [orders, billing] = [await house.asking('orders'), await house.asking('billing')];
  const ada = await house.person({ name: 'Ada' });
  const eve = await house.person({ name: 'Eve' });
  const home = await house.workspace({
    name: 'Home',
    members: [
      [ada, 'viewer'],
      [eve, 'admin'],
    ],
  });
  const abroad = await house.workspace({ name: 'Abroad' });
  const finance = await house.group(home.id, [ada], 'Finance');
  await house.role(orders, home.id, ['orders:refund'], { groups: [finance], name: 'Approver' });
  await house.role(orders, home.id, ['orders:ship'], {});
  await house.resources(
    orders,
    { type: 'order', id: '1', workspaceId: home.id, ownerId: ada.id },
    { type: 'order', id: '2', workspaceId: home.id, visibility: 'workspace' },
    { type: 'order', id: '3', workspaceId: home.id },
    { type: 'order', id: 'away', workspaceId: abroad.id, visibility: 'workspace' },
  );
  const token = (await house.signIn(ada, 'orders')).accessToken;
  return {
    house,
    orders,
    billing,
    ada,
    eve,
    home,
    abroad,
    token,
    may: (body: Named & { readonly action?: string }) =>
      orders.call(actionsCheck, { body: { action: 'orders:refund', ...body } }),
    check: (subject: Named, ...checks: [type: string, id: string, right: 'view' | 'edit' | 'manage'][]) =>
      orders.call(resourcesCheck, {
        body: { ...subject, checks: checks.map(([type, id, permission]) => ({ type, id, permission })) },
      }),
  };
}
