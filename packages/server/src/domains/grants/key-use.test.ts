import { createTestPlatform } from '@castellan/testkit';
import pino from 'pino';
import { expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { registerService } from '../services/register-service.ts';
import { createKeyUse } from './key-use.ts';

it('writes when a service key was last used, once for many uses, and nothing for none', async () => {
  const house = await createTestPlatform();
  const { database } = house.platform;
  await database.write(systemOrigin, (tx) =>
    registerService(tx, { name: 'orders', description: '', origins: [], adminUrl: null }),
  );
  const lastUse = async () =>
    (
      await house.query<{ id: string; last_used_at: Date | null }>(
        'SELECT id, last_used_at FROM service_keys',
      )
    )[0]!;
  const keyUse = createKeyUse({ database, clock: house.clock, log: pino({ level: 'silent' }) });
  await keyUse.flush();
  const before = await lastUse();
  expect(before.last_used_at).toBeNull();
  for (let count = 0; count < 100; count++) keyUse.note(before.id);
  await keyUse.stop();
  expect((await lastUse()).last_used_at).toBeInstanceOf(Date);
  await house.close();
});
