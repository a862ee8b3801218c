import { identityProvidersUpdate, usersCreate } from '@castellan/contract';
import { createPageBrowser, type PageBrowser } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type FederationHouse,
  problemOf,
  publicUrl,
  startFederationHouse,
} from '../../../test/federation-house.ts';

/** Whose account a sign-in at a provider opens (P1, P3). Each test has a browser of its own. */

let at: FederationHouse;
let browser: PageBrowser;

beforeAll(async () => {
  at = await startFederationHouse();
});
afterAll(() => at.close());
beforeEach(() => {
  browser = createPageBrowser(at.house);
});

const begin = (slug = 'house', query = '') => browser.get(`/auth/login/${slug}${query}`);

describe('whose account it is', () => {
  it('an e-mail that is not verified makes no account, and the page says what to do', async () => {
    for (const emailVerified of [false, undefined]) {
      const user = at.newcomer();
      at.provider.setUser({
        sub: user.sub,
        email: user.email,
        ...(emailVerified === undefined ? {} : { emailVerified }),
      });
      const { code, page } = await problemOf(browser, await at.signIn(browser));
      expect(code).toBe('email_unverified');
      expect(page.status).toBe(403);
      expect(page.text).toContain('Confirm the address in your settings at House ID');
      expect(await at.userOf(user.email)).toBeUndefined();
    }
    expect((await at.events('user_login_refused')).at(-1)!.detail).toMatchObject({
      reason: 'email_unverified',
    });
  });

  it('no e-mail at all makes no account', async () => {
    const { sub } = at.newcomer();
    at.provider.setUser({ sub });
    expect((await problemOf(browser, await at.signIn(browser))).code).toBe('email_missing');
  });

  it('a domain that an operator trusts stands in where the provider says nothing, not where it says no', async () => {
    const trust = (trustedEmailDomains: string[]) =>
      at.admin.call(identityProvidersUpdate, {
        params: { id: at.providerId },
        body: { trustedEmailDomains },
      });
    expect((await trust(['trusted.example'])).status).toBe(200);
    const silent = at.newcomer();
    at.provider.setUser({ sub: silent.sub, email: 'silent@trusted.example' });
    expect((await at.signIn(browser)).location).toBe(`${publicUrl}/account`);
    const denied = at.newcomer();
    at.provider.setUser({ sub: denied.sub, email: 'denied@trusted.example', emailVerified: false });
    expect((await problemOf(browser, await at.signIn(browser))).code).toBe('email_unverified');
    const below = at.newcomer();
    at.provider.setUser({ sub: below.sub, email: 'x@sub.trusted.example' });
    expect((await problemOf(browser, await at.signIn(browser))).code).toBe('email_unverified');
    await trust([]);
  });

  it('an account with that e-mail is never joined by the e-mail alone: the page says how to link', async () => {
    const person = await at.house.person({ email: 'held@example.com' });
    at.newcomer({ email: person.email });
    const { code, page } = await problemOf(browser, await at.signIn(browser));
    expect(code).toBe('account_exists');
    expect(page.status).toBe(409);
    expect(page.text).toContain('An e-mail address alone opens no account');
    expect(page.text).toContain('href="/sign-in?return_to=%2Faccount%2Fsecurity"');
    expect(browser.cookies.has('castellan_session')).toBe(false);
    expect(await at.house.query('SELECT FROM identities WHERE user_id = $1', [person.id])).toEqual([]);
  });

  it('nor is the account that another provider made', async () => {
    const { email } = at.newcomer();
    await at.signIn(browser);
    browser = createPageBrowser(at.house);
    at.newcomer({ email }, at.other);
    expect((await problemOf(browser, await at.signIn(browser, 'guild'))).code).toBe('account_exists');
  });

  it('of two that arrive at once with one new e-mail from two providers, one gets the account', async () => {
    const { email } = at.newcomer();
    at.newcomer({ email }, at.other);
    const second = createPageBrowser(at.house);
    const [here, there] = await Promise.all([
      at.provider.visit((await begin('house')).location),
      at.other.visit((await second.get('/auth/login/guild')).location),
    ]);
    const answers = await Promise.all([browser.get(here), second.get(there)]);
    expect(answers.map(({ location }) => new URL(location).pathname).sort()).toEqual([
      '/account',
      '/auth/problem/account_exists',
    ]);
    expect(await at.house.query('SELECT FROM users WHERE email = $1', [email])).toHaveLength(1);
  });

  it('an invitation to the verified e-mail counts as accepted, and its link is used', async () => {
    const { email } = at.newcomer({ name: 'Ignored Name' });
    const { id, invitation } = (await at.admin.call(usersCreate, { body: { email, name: 'Ina Vited' } }))
      .result;
    expect((await at.signIn(browser)).location).toBe(`${publicUrl}/account`);
    expect(await at.userOf(email)).toMatchObject({ id, state: 'active' });
    expect(
      await at.house.query('SELECT used_at IS NOT NULL AS used FROM invitations WHERE id = $1', [
        invitation!.id,
      ]),
    ).toEqual([{ used: true }]);
    expect((await at.events('invitation_accepted')).at(-1)!.detail).toMatchObject({
      provider: 'house',
      email_verified: true,
    });
  });

  it('a deactivated account stays closed, linked or not', async () => {
    const { email } = at.newcomer();
    await at.signIn(browser);
    await at.house.query(`UPDATE users SET state = 'deactivated' WHERE email = $1`, [email]);
    browser = createPageBrowser(at.house);
    expect((await problemOf(browser, await at.signIn(browser))).code).toBe('account_deactivated');
    expect(browser.cookies.has('castellan_session')).toBe(false);
    at.newcomer({ email }, at.other);
    expect((await problemOf(browser, await at.signIn(browser, 'guild'))).code).toBe('account_deactivated');
  });

  it('a session begun so ends with the account’s deactivation, on the next request', async () => {
    const { email } = at.newcomer();
    await at.signIn(browser);
    const { id } = (await at.userOf(email))!;
    expect((await browser.get('/account')).status).toBe(200);
    await at.house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [id]);
    expect(new URL((await browser.get('/account')).location).pathname).toBe('/sign-in');
  });
});
