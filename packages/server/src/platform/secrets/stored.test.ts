import { hash } from 'node:crypto';
import { invitationAccept, login, pathOf, refresh, usersCreate } from '@castellan/contract';
import { createPageBrowser, createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { linkToken } from '../../domains/invitations/one-time-links.ts';
import { ensureSetupLink } from '../../domains/invitations/setup-link.ts';
import { tokenDigest } from './opaque-token.ts';

it('tokens, keys, links and passwords are stored as digests: who reads the database can use none of them', async () => {
  const house = await createTestPlatform();
  const { database, vault } = house.platform;
  const setupLink = (await ensureSetupLink({ database, vault }))!;
  const serviceKey = await house.service('orders');
  const person = await house.person();
  const admin = await house.administrator();
  const body = { email: person.email, password: person.password, service: 'orders' };
  const first = (await house.caller().call(login, { body })).result;
  const second = (await house.caller().call(refresh, { body: { refreshToken: first.refreshToken } })).result;
  const { invitation } = (
    await admin.call(usersCreate, {
      body: { email: 'invited@example.com', name: 'Ina Vited' },
      headers: { 'idempotency-key': 'kept-with-its-answer' },
    })
  ).result;
  // Her password is hashed as everybody's is; a test's people have one that is cheap to check.
  const chosen = 'chosen on the page of an invitation';
  const accepted = await createPageBrowser(house).post(
    pathOf(invitationAccept, { token: linkToken(vault, 'set_password', invitation!.id) }),
    { name: 'Ina Vited', password: chosen, password_again: chosen },
  );
  expect(accepted.status).toBe(200);
  await house.platform.settled();

  const tables = await house.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const rows: string[] = [];
  for (const { name } of tables)
    for (const { text } of await house.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`))
      rows.push(text);
  const everything = rows.join('\n');
  // What is searched for would be found: digests are there.
  expect(everything).toContain(tokenDigest(second.refreshToken).toString('hex'));
  const secrets = {
    'a refresh token': first.refreshToken,
    'its successor': second.refreshToken,
    'an access token': second.accessToken,
    'a service key': serviceKey,
    'a console session': admin.cookie.split('=')[1]!,
    'an invitation': linkToken(vault, 'set_password', invitation!.id),
    'the set-up link': setupLink.slice('/setup/'.length),
    'a password': person.password,
    'a password that was just chosen': chosen,
  };
  for (const [name, secret] of Object.entries(secrets)) {
    expect(everything.includes(secret), name).toBe(false);
    expect(everything.includes(Buffer.from(secret).toString('hex')), `${name}, as bytes`).toBe(false);
  }
  // A digest of a password that anybody could compute would be no better than the password.
  expect(everything.includes(hash('sha256', person.password, 'hex'))).toBe(false);
  expect(everything).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  await house.close();
});
