import { invitationAccept, pathOf, usersCreate } from '@castellan/contract';
import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';
import { linkToken } from './one-time-links.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform({ settings: { REGISTRATION: 'open' } });
});
afterAll(() => house.close());

it('accepting an invitation ends every other open way in: links that somebody else who read the mailbox may hold', async () => {
  const admin = await house.administrator();
  const email = 'grace@example.com';
  const { result } = await admin.call(usersCreate, { body: { email, name: 'Grace Hopper' } });
  const held = [
    await askForLink(house, 'sign_in', email),
    await askForLink(house, 'reset_password', email),
    await askForLink(house, 'register', email),
  ];
  const links = () =>
    house.query<{ kind: string }>(
      'SELECT kind FROM account_links WHERE email = $1 AND used_at IS NULL AND revoked_at IS NULL',
      [email],
    );
  expect((await links()).length).toBeGreaterThan(0);
  const [invitation] = await house.query<{ id: string }>(
    'SELECT id FROM invitations WHERE user_id = $1 AND revoked_at IS NULL',
    [result.id],
  );
  const token = linkToken(house.platform.vault, 'set_password', invitation!.id);
  const password = 'four words put together';
  const accepted = await createPageBrowser(house).post(pathOf(invitationAccept, { token }), {
    name: 'Grace Hopper',
    password,
    password_again: password,
  });
  expect(accepted.status).toBeLessThan(400);
  expect(await links()).toEqual([]);
  for (const { browser, path } of held.filter((link) => link.path !== ''))
    expect((await browser.post(path)).status).not.toBe(303);
  const open = await house.query(
    'SELECT 1 FROM invitations WHERE user_id = $1 AND used_at IS NULL AND revoked_at IS NULL',
    [result.id],
  );
  expect(open).toEqual([]);
});
