import { adminLogin, login } from '@castellan/contract';
import { createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { findClient, onPool } from '../domains/clients/find-client.ts';
import { createPasswordHasher } from '../domains/sign-in/password-hasher.ts';
import { tokenDigest } from '../platform/secrets/opaque-token.ts';
import { fillSample } from './fill.ts';

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
  await house.close();
  await other.close();
});
