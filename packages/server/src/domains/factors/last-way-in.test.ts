import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { removePasskey } from './account-factors.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

it('P19 the last way in can’t be removed, whoever asks: the factors themselves refuse', async () => {
  const person = await house.person();
  const addPasskey = async (): Promise<string> => {
    const id = newId();
    await house.query(
      `INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at)
       VALUES ($1, $2, $3, '\\x01', 0, '{}', false, false, 'Key', now())`,
      [id, person.id, Buffer.from(id)],
    );
    return id;
  };
  const [first, second] = [await addPasskey(), await addPasskey()];
  await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [person.id]);
  const session = { grantId: newId(), userId: person.id, authTime: house.clock.now() };
  const remove = (id: string) =>
    house.platform.database.write(systemOrigin, (tx) => removePasskey(tx, session, id));
  await remove(first);
  await expect(remove(second)).rejects.toMatchObject({ code: 'last_way_in' });
  expect(await house.query('SELECT id FROM passkeys WHERE user_id = $1', [person.id])).toEqual([
    { id: second },
  ]);
});
