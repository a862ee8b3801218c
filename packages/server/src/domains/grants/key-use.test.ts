import { createTestPlatform } from '@castellan/testkit';
import pino from 'pino';
import { expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createClient } from '../clients/change-client.ts';
import { createClientSecret } from '../clients/client-secrets.ts';
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

it('writes when a client secret was last used (S7)', async () => {
  const house = await createTestPlatform();
  const { database } = house.platform;
  await database.write(systemOrigin, async (tx) => {
    const { id: serviceId } = await registerService(tx, { name: 'orders' });
    const id = await createClient(tx, serviceId, {
      name: 'Nightly',
      grantTypes: ['client_credentials'],
    });
    await createClientSecret(tx, serviceId, id);
    await createClientSecret(tx, serviceId, id);
  });
  const uses = () =>
    house.query<{ id: string; last_used_at: Date | null }>(
      'SELECT id, last_used_at FROM client_secrets ORDER BY id',
    );
  const [first] = await uses();
  const keyUse = createKeyUse({ database, clock: house.clock, log: pino({ level: 'silent' }) });
  keyUse.noteSecret(first!.id);
  await keyUse.stop();
  expect((await uses()).map((row) => row.last_used_at)).toEqual([expect.any(Date), null]);
  await house.close();
});
