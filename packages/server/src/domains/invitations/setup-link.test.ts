import { adminLogin, pathOf, setupComplete } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureSetupLink } from './setup-link.ts';

let house: TestPlatform;
beforeEach(async () => {
  house = await createTestPlatform();
});
afterEach(() => house.close());

const password = 'the first of many words';
const link = () => ensureSetupLink({ database: house.platform.database, vault: house.platform.vault });
const open = (path: string) => house.platform.adminListener.inject({ url: path });
const submit = (path: string, fields: Record<string, string>) =>
  house.platform.adminListener.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: house.settings.ADMIN_URL },
    payload: new URLSearchParams(fields).toString(),
  });
const first = { email: 'First@Example.com', name: 'First Admin', password, password_again: password };

it('makes the first administrator, who can sign in and whose e-mail is not taken for verified', async () => {
  const path = (await link())!;
  expect(path).toBe(pathOf(setupComplete, { token: path.split('/').at(-1)! }));
  expect((await open(path)).body).toContain('Make the first administrator');
  const done = await submit(path, first);
  expect([done.statusCode, done.headers.location]).toEqual([303, '/sign-in?notice=set_up']);
  const signedIn = await house.caller().call(adminLogin, { body: { email: 'first@example.com', password } });
  expect(signedIn.result).toMatchObject({ admin: true, name: 'First Admin' });
  expect(await house.query('SELECT is_admin, email_verified_at FROM users')).toEqual([
    { is_admin: true, email_verified_at: null },
  ]);
  for (const again of [await open(path), await submit(path, { ...first, email: 'second@example.com' })]) {
    expect(again.statusCode).toBe(410);
    expect(again.body).toContain('set up already');
  }
  expect(await link()).toBeUndefined();
});

it('makes exactly one, though many come at the same moment', async () => {
  const path = (await link())!;
  const answers = await Promise.all(
    [1, 2, 3, 4].map((n) => submit(path, { ...first, email: `first${n}@example.com` })),
  );
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 410, 410, 410]);
  expect(await house.query('SELECT id FROM users')).toHaveLength(1);
});

it('says what is wrong beside the field and keeps what was typed', async () => {
  const path = (await link())!;
  const page = await submit(path, { ...first, email: 'nobody', password: 'short', password_again: 'short' });
  expect(page.statusCode).toBe(422);
  for (const words of [
    'Enter an e-mail address such as',
    'Use at least 12 characters; this has 5.',
    'value="nobody"',
  ])
    expect(page.body).toContain(words);
  expect(await house.query('SELECT id FROM users')).toHaveLength(0);
});

it('works while nobody is there: a newer link replaces it, a day ends it, a person ends it', async () => {
  const older = (await link())!;
  const newer = (await link())!;
  expect((await open(older)).body).toContain('This link was replaced');
  expect((await open(newer)).statusCode).toBe(200);
  house.clock.pass(24 * 3600 + 1);
  expect((await open(newer)).body).toContain('This link has expired');
  const fresh = (await link())!;
  await house.person();
  expect((await submit(fresh, first)).statusCode).toBe(410);
});

it('refuses a form of another site', async () => {
  const path = (await link())!;
  const answer = await house.platform.adminListener.inject({
    method: 'POST',
    url: path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://evil.example',
      accept: 'text/html',
    },
    payload: new URLSearchParams(first).toString(),
  });
  expect(answer.statusCode).toBe(403);
  expect(answer.headers['content-type']).toContain('text/html');
  expect(await house.query('SELECT id FROM users')).toHaveLength(0);
});
