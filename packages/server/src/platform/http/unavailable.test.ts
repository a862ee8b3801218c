import { adminSession, login, sessionsCheck } from '@castellan/contract';
import { createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { registerService } from '../../domains/services/register-service.ts';
import { systemOrigin } from '../activity/event.ts';

it('fails closed: with the database gone every answer is 503 with Retry-After, never a yes, and it recovers by itself', async () => {
  const house = await createTestPlatform();
  const { key } = await house.platform.database.write(systemOrigin, (tx) =>
    registerService(tx, { name: 'orders', description: '', origins: [], adminUrl: null }),
  );
  const person = await house.person();
  const admin = await house.administrator();
  const service = house.caller({ authorization: `Bearer ${key}` });
  const body = { email: person.email, password: person.password, service: 'orders' };
  const { accessToken } = (await house.caller().call(login, { body })).result;
  const ask = () => service.call(sessionsCheck, { body: { tokens: [accessToken] } });
  expect((await ask()).result.results[0]).toMatchObject({ active: true });

  await house.testDatabase.cut();
  for (const answer of await Promise.all([
    ask(),
    ask(),
    admin.call(adminSession),
    house.caller().call(login, { body }),
  ])) {
    expect(answer.status).toBe(503);
    expect(answer.code).toBe('unavailable');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect((await house.platform.publicListener.inject({ url: '/readyz' })).statusCode).toBe(503);
  expect((await house.platform.publicListener.inject({ url: '/healthz' })).statusCode).toBe(200);

  await house.testDatabase.mend();
  await expect.poll(async () => (await ask()).status).toBe(200);
  await house.close();
});
