import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';
import type { AccountLinkKind } from '../../platform/database/schema.ts';

let house: TestPlatform;
let closedHouse: TestPlatform;
beforeAll(async () => {
  [house, closedHouse] = await Promise.all([
    createTestPlatform({ settings: { REGISTRATION: 'open' } }),
    createTestPlatform(),
  ]);
});
afterAll(() => Promise.all([house.close(), closedHouse.close()]));
beforeEach(() => house.query('DELETE FROM rate_limits'));

const own = (path: string): string => `${house.settings.PUBLIC_URL}${path}`;
const password = 'four words put together';
const askFor = (...[kind, email, options]: [AccountLinkKind, string, Parameters<typeof askForLink>[3]?]) =>
  askForLink(house, kind, email, options);

describe('P19 registration', () => {
  it('makes the account when the link is followed, not before, and signs in', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const { browser, path } = await askFor('register', email, { returnTo: '/account/apps' });
    const exists = () => house.query('SELECT 1 FROM users WHERE email = $1', [email]);
    expect((await browser.get(path)).text).toContain(email);
    expect(await exists()).toHaveLength(0);
    const wrong = await browser.post(path, { name: '', password: email });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Enter your name.');
    expect(wrong.text).toContain('guessed early');
    const done = await browser.post(path, { name: 'Mary Somerville', password, password_again: password });
    expect([done.status, done.location]).toEqual([303, own('/account/apps')]);
    expect(
      await house.query(
        'SELECT name, state, email_verified_at IS NOT NULL AS verified, is_admin FROM users WHERE email = $1',
        [email],
      ),
    ).toEqual([{ name: 'Mary Somerville', state: 'active', verified: true, is_admin: false }]);
    const used = await browser.post(path, { name: 'Again', password });
    expect(used.status).toBe(410);
  });

  it('of 20 at the same moment one makes the account', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const { path } = await askFor('register', email);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => createPageBrowser(house).post(path, { name: 'Mary', password })),
    );
    expect(answers.map(({ status }) => status).filter((status) => status === 303)).toHaveLength(1);
    expect(await house.query('SELECT 1 FROM users WHERE email = $1', [email])).toHaveLength(1);
  });

  it('tells the owner of the mailbox, and nobody else, that there is an account already', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const { path } = await askFor('register', email);
    await house.person({ email });
    const answer = await createPageBrowser(house).get(path);
    expect([answer.status, answer.text.includes('You have an account already')]).toEqual([410, true]);
  });

  it('is closed unless the setting opens it', async () => {
    const browser = createPageBrowser(closedHouse);
    const page = await browser.get('/register');
    expect([page.status, page.text.includes('Accounts are made by invitation')]).toEqual([200, true]);
    expect((await browser.post('/register', { email: 'me@example.com' })).status).toBe(403);
    expect(await closedHouse.query('SELECT 1 FROM account_links')).toEqual([]);
    expect((await browser.get('/sign-in')).text).not.toContain('/register');
    expect((await createPageBrowser(house).get('/sign-in')).text).toContain('/register');
  });
});
