import { adminLogin, login } from '@castellan/contract';
import { createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { createAccess } from '../domains/access/create-access.ts';
import { findClient, onPool } from '../domains/clients/find-client.ts';
import { createPasswordHasher } from '../domains/sign-in/password-hasher.ts';
import { tokenDigest } from '../platform/secrets/opaque-token.ts';
import { fillSample, pointToOrders } from './fill.ts';

it('sample data is marked as such, has random passwords that work, and fills an empty database only', async () => {
  const house = await createTestPlatform();
  const other = await createTestPlatform();
  const hasher = createPasswordHasher();
  const orders = ['http://localhost:9005', 'http://127.0.0.1:9005'];
  const sample = (await fillSample(house.platform.database, hasher, orders))!;
  const another = (await fillSample(other.platform.database, hasher, orders))!;
  expect(await house.query('SELECT FROM installation WHERE sample_data')).toHaveLength(1);

  const passwords = [...sample.signins, ...another.signins].map(({ password }) => password);
  expect(new Set(passwords).size).toBe(passwords.length);
  for (const password of passwords) expect(password).toMatch(/^[\w-]{16}$/);
  expect(await house.query('SELECT FROM users WHERE password_hash IS NOT NULL')).toHaveLength(
    sample.signins.length,
  );
  for (const { where, email, password } of sample.signins) {
    const body = { email, password };
    const answer =
      where === 'console'
        ? await house.caller().call(adminLogin, { body })
        : await house.caller().call(login, { body: { ...body, service: 'orders' } });
    expect(answer.status, email).toBe(200);
  }
  expect(await fillSample(house.platform.database, hasher, orders)).toBeUndefined();

  // The sample product is a client, each time with a secret of its own.
  expect(sample.client_secret).not.toBe(another.client_secret);
  const now = house.clock.now();
  expect(await findClient(onPool(house.platform.database.pool), sample.client_id, now)).toMatchObject({
    service: { name: 'orders' },
    redirectUris: orders.map((url) => `${url}/sign-in/callback`),
    secrets: [{ digest: tokenDigest(sample.client_secret) }],
  });

  // Operators of the product are there, and where its admin surface is.
  expect(await house.query('SELECT name, admin_url FROM services')).toEqual([
    { name: 'orders', admin_url: orders[1] },
  ]);
  expect(
    await house.query(
      'SELECT u.name, g.role FROM operator_grants g JOIN users u ON u.id = g.user_id WHERE g.service_id IS NOT NULL ORDER BY 1',
    ),
  ).toEqual([
    { name: 'Mateo Silva', role: 'admin' },
    { name: 'Noor Haddad', role: 'support' },
  ]);
  await pointToOrders(house.platform.database, 'http://127.0.0.1:9105');
  expect(await house.query('SELECT admin_url FROM services')).toEqual([
    { admin_url: 'http://127.0.0.1:9105' },
  ]);

  // The people it names may do what it says of them, by custom roles, and nothing more.
  const service = (await house.query<{ id: string }>('SELECT id FROM services'))[0]!.id;
  const access = createAccess({ pool: house.platform.database.pool });
  for (const [name, allowed] of [
    ['Mateo Silva', ['orders:read', 'orders:refund']],
    ['Linnéa Andersson', ['customers:read', 'orders:create', 'orders:read']],
    ['Noor Haddad', ['customers:read', 'orders:read']],
  ] as const) {
    const person = sample.users.find((user) => user.name === name)!;
    const may = await access.actionsOf(
      { userId: person.id, workspaceId: person.workspace_ids[0]!, granted: null },
      service,
    );
    expect([...may].sort(), name).toEqual(allowed);
  }
  // Every role has holders and every workspace orders of each visibility, some of them shared.
  expect(
    await house.query(
      `SELECT FROM roles r WHERE NOT EXISTS (SELECT FROM role_members m WHERE m.role_id = r.id)`,
    ),
  ).toEqual([]);
  const spread = await house.query<{ shown: number; alone: number; shared: number }>(
    `SELECT count(*) FILTER (WHERE visibility = 'workspace')::int AS shown,
            count(*) FILTER (WHERE visibility = 'private')::int AS alone,
            (SELECT count(*)::int FROM resource_shares s WHERE s.workspace_id = r.workspace_id) AS shared
     FROM resources r GROUP BY workspace_id`,
  );
  expect(spread).toHaveLength(3);
  for (const each of spread) expect(Math.min(each.shown, each.alone, each.shared)).toBeGreaterThan(100);
  await house.close();
  await other.close();
});
