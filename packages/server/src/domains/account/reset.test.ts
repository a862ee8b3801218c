import { login } from '@castellan/contract';
import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';
import { enrolTotp } from '../../../test/enrol.ts';
import type { AccountLinkKind } from '../../platform/database/schema.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());
beforeEach(() => house.query('DELETE FROM rate_limits'));

const own = (path: string): string => `${house.settings.PUBLIC_URL}${path}`;
const password = 'four words put together';
const askFor = (...[kind, email, options]: [AccountLinkKind, string, Parameters<typeof askForLink>[3]?]) =>
  askForLink(house, kind, email, options);

describe('P2 a new password by e-mail', () => {
  const reset = async (email: string, browser = createPageBrowser(house)) => {
    const { path } = await askFor('reset_password', email, { browser });
    return {
      browser,
      path,
      set: (fields = { password, password_again: password }) => browser.post(path, fields),
    };
  };

  it('sets it, ends every session, grant and open link of the person, and leads to the sign-in', async () => {
    const person = await house.person();
    await house.service('shop');
    const thief = createPageBrowser(house);
    await thief.post('/sign-in', { email: person.email, password: person.password });
    const api = await house
      .caller()
      .call(login, { body: { email: person.email, password: person.password, service: 'shop' } });
    const { path: oldLink } = await askFor('sign_in', person.email);
    const { path, set, browser } = await reset(person.email);
    const opened = await browser.get(path);
    expect(opened.text).toContain(person.email);
    expect(opened.text).not.toContain('rst_');
    const done = await set();
    expect([done.status, done.location]).toEqual([303, own('/sign-in?notice=password_set')]);
    expect((await browser.get(done.location)).text).toContain('Your new password is set');
    expect(
      await house.query('SELECT 1 FROM grants WHERE user_id = $1 AND ended_at IS NULL', [person.id]),
    ).toEqual([]);
    expect((await thief.get('/sign-in')).status).toBe(200);
    const refreshed = await house.platform.publicListener.inject({
      method: 'POST',
      url: '/auth/refresh',
      payload: { refresh_token: api.result.refreshToken },
    });
    expect(refreshed.statusCode).toBe(401);
    expect((await createPageBrowser(house).post(oldLink)).status).toBe(410);
    const signIn = (word: string) =>
      createPageBrowser(house).post('/sign-in', { email: person.email, password: word });
    expect((await signIn(person.password)).status).toBe(401);
    expect((await signIn(password)).status).toBe(303);
    expect((await set()).status).toBe(410);
  });

  it('refuses short, common and differing passwords beside the field, and uses nothing by it', async () => {
    const person = await house.person();
    const { set } = await reset(person.email);
    for (const [fields, words] of [
      [{ password: '', password_again: '' }, 'Choose a password.'],
      [{ password: 'short', password_again: 'short' }, 'Use at least 12 characters; this has 5.'],
      [{ password: 'password1234', password_again: 'password1234' }, 'guessed early'],
      [{ password, password_again: `${password}!` }, 'The two passwords differ'],
    ] as const) {
      const answer = await set(fields);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(words);
    }
    expect((await set()).status).toBe(303);
  });

  it('works once, also when 20 come at the same moment', async () => {
    const person = await house.person();
    const { path } = await reset(person.email);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        createPageBrowser(house).post(path, { password: `${password} ${index} and more` }),
      ),
    );
    expect(answers.map(({ status }) => status).filter((status) => status === 303)).toHaveLength(1);
  });

  it('signs nobody in by itself: the sign-in follows, with a second factor where there is one', async () => {
    const person = await house.person();
    const { set, browser } = await reset(person.email);
    await enrolTotp(house, person);
    await set();
    expect(browser.cookies.has('castellan_session')).toBe(false);
    const signedIn = await browser.post('/sign-in', { email: person.email, password });
    expect(signedIn.location).toBe(own('/sign-in/second-factor'));
    expect(browser.cookies.has('castellan_session')).toBe(false);
  });
});
