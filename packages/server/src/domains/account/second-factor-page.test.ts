import {
  createPageBrowser,
  createTestPlatform,
  type PageBrowser,
  type TestPerson,
  type TestPlatform,
} from '@castellan/testkit';
import { Secret } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enrolTotp } from '../../../test/enrol.ts';
import { generatorOf } from '../factors/totp.ts';
import { linkPath } from '../invitations/one-time-links.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());
beforeEach(() => house.query('DELETE FROM rate_limits'));

const own = (path: string): string => `${house.settings.PUBLIC_URL}${path}`;
const page = '/sign-in/second-factor';

async function begin(person: TestPerson, returnTo?: string): Promise<PageBrowser> {
  const browser = createPageBrowser(house);
  const answer = await browser.post('/sign-in', {
    email: person.email,
    password: person.password,
    ...(returnTo ? { return_to: returnTo } : {}),
  });
  expect([answer.status, answer.location]).toEqual([303, own(page)]);
  expect(browser.cookies.get('castellan_pending')).toMatch(/^mfa_/);
  expect(browser.cookies.has('castellan_session')).toBe(false);
  return browser;
}

/** Where the form of a page is sent. */
const formAction = (text: string): string =>
  /<form[^>]* action="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&');

const sessionOf = async (personId: string) =>
  (
    await house.query<{ amr: string[]; sign_in_method: string; workspace_id: string | null }>(
      `SELECT amr, sign_in_method, workspace_id FROM grants WHERE user_id = $1 AND kind = 'browser_session' AND ended_at IS NULL
       ORDER BY created_at DESC LIMIT 1`,
      [personId],
    )
  )[0];

describe('P2 a sign-in that waits for its second factor', () => {
  it('takes the code of an authenticator app, once, and goes on to where the person wanted to be', async () => {
    const person = await house.person({ name: 'Ada' });
    const app = await enrolTotp(house, person);
    const browser = await begin(person, '/account/apps');
    const asked = await browser.get(page);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('autocomplete="one-time-code"');
    expect(asked.text).toContain('?method=recovery_code');
    const code = app.code();
    const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
    const done = await browser.post(page, { method: 'totp', code: spaced });
    expect([done.status, done.location]).toEqual([303, own('/account/apps')]);
    expect(browser.cookies.has('castellan_pending')).toBe(false);
    expect((await sessionOf(person.id))?.amr.toSorted()).toEqual(['mfa', 'otp', 'pwd']);
    // The same code opens nothing a second time.
    const other = await begin(person);
    expect((await other.post(page, { method: 'totp', code })).status).toBe(401);
  });

  it('takes a recovery code, once', async () => {
    const person = await house.person();
    const { recoveryCodes } = await enrolTotp(house, person);
    const code = recoveryCodes[0]!.toUpperCase();
    const browser = await begin(person);
    expect((await browser.get(`${page}?method=recovery_code`)).text).toContain('Recovery code');
    expect((await browser.post(page, { method: 'recovery_code', code })).status).toBe(303);
    const other = await begin(person);
    const again = await other.post(page, { method: 'recovery_code', code });
    expect([again.status, again.text.includes('used before')]).toEqual([401, true]);
  });

  it('says what is wrong with a code, and is over after five wrong ones', async () => {
    const person = await house.person();
    const app = await enrolTotp(house, person);
    const browser = await begin(person);
    const mistyped = await browser.post(page, { method: 'totp', code: '12' });
    expect([mistyped.status, mistyped.text.includes('six digits')]).toEqual([422, true]);
    for (let tries = 0; tries < 4; tries++) {
      const wrong = await browser.post(page, { method: 'totp', code: '000000' });
      expect(wrong.status).toBe(401);
      expect(wrong.text).toContain('That code is not right');
      expect(wrong.text).toContain(String(wrong.headers['x-correlation-id']));
    }
    for (const answer of [
      await browser.post(page, { method: 'totp', code: '000000' }),
      await browser.post(page, { method: 'totp', code: app.code() }),
    ])
      expect([answer.status, answer.text.includes('took too long')]).toEqual([410, true]);
    expect(browser.cookies.has('castellan_session')).toBe(false);
  });

  it('waits five minutes, belongs to the browser that began it, and takes our own forms only', async () => {
    const person = await house.person();
    const app = await enrolTotp(house, person);
    const browser = await begin(person);
    const code = { method: 'totp', code: app.code() };
    expect((await createPageBrowser(house).post(page, code)).status).toBe(410);
    expect((await createPageBrowser(house).get(page)).location).toBe(own('/sign-in'));
    expect((await browser.post(page, code, { origin: 'https://evil.example' })).status).toBe(403);
    house.clock.pass(301);
    expect((await browser.post(page, { method: 'totp', code: app.code() })).status).toBe(410);
  });

  it('of 50 at once with one code, one comes in', async () => {
    const person = await house.person();
    const app = await enrolTotp(house, person);
    const browser = await begin(person);
    const pending = browser.cookies.get('castellan_pending')!;
    const code = app.code();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => {
        const copy = createPageBrowser(house);
        copy.cookies.set('castellan_pending', pending);
        return copy.post(page, { method: 'totp', code });
      }),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('is asked for after an e-mailed link, too', async () => {
    const person = await house.person();
    await enrolTotp(house, person);
    const browser = createPageBrowser(house);
    await browser.post('/sign-in/link', { email: person.email });
    const [link] = await house.query<{ id: string }>('SELECT id FROM account_links WHERE email = $1', [
      person.email,
    ]);
    const answer = await browser.post(linkPath(house.platform.vault, 'sign_in', link!.id));
    expect(answer.location).toBe(own(page));
    expect(browser.cookies.has('castellan_session')).toBe(false);
  });
});

describe('P2 somebody who is signed in goes where more is asked (step-up)', () => {
  it('proves a second factor and keeps the session, raised', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    const session = browser.cookies.get('castellan_session');
    const app = await enrolTotp(house, person);
    const asked = await browser.get(`${page}?return_to=/account/apps`);
    expect(asked.text).toContain('Code from your authenticator app');
    const action = formAction(asked.text);
    expect((await browser.post(action, { method: 'totp', code: '000000' })).status).toBe(401);
    const done = await browser.post(action, { method: 'totp', code: app.code() });
    expect([done.status, done.location]).toEqual([303, own('/account/apps')]);
    expect(browser.cookies.get('castellan_session')).toBe(session);
    expect((await browser.get(`${page}?return_to=/account/apps`)).location).toBe(own('/account/apps'));
  });

  it('sets up an authenticator app where there is none, and gets recovery codes once', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    const signIn = { email: person.email, password: person.password, second_factor: '1' };
    const answer = await browser.post('/sign-in', { ...signIn, return_to: '/account/apps' });
    expect(answer.location).toBe(own(`${page}?return_to=%2Faccount%2Fapps`));
    const choice = await browser.get(answer.location);
    expect(choice.text).toContain('data-passkey-register');
    expect(choice.text).not.toContain('class="qr"');
    const asked = await browser.post(answer.location, { action: 'begin' });
    expect(asked.text).toContain('<svg');
    const key = /<code>([A-Z2-7 ]{32,})<\/code>/.exec(asked.text)![1]!.replaceAll(' ', '');
    // Reloading shows the same key: the app that scanned it first goes on working.
    expect((await browser.get(answer.location)).text.replaceAll(' ', '')).toContain(key);
    const wrong = await browser.post(answer.location, { action: 'enrol', code: '000000' });
    expect([wrong.status, wrong.text.includes('not right')]).toEqual([401, true]);
    const code = generatorOf(Secret.fromBase32(key).bytes).generate({
      timestamp: house.clock.now().getTime(),
    });
    const done = await browser.post(answer.location, { action: 'enrol', code });
    expect(done.status).toBe(200);
    expect(done.text.match(/<li><code>[0-9a-z-]{19}<\/code>/g)).toHaveLength(10);
    expect(done.text).toContain('href="/account/apps"');
    expect((await sessionOf(person.id))?.amr).toContain('mfa');
  });

  it('who has just signed in is asked for the second factor alone; who did so long ago, for both', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    await enrolTotp(house, person);
    const wish = '/sign-in?return_to=/account/apps&again=1&second_factor=1';
    expect((await browser.get(wish)).location).toBe(own(`${page}?return_to=%2Faccount%2Fapps`));
    house.clock.pass(11 * 60);
    expect((await browser.get(wish)).text).toContain('Confirm that it is you');
  });

  it('looking at the page writes nothing: who is made to open it a thousand times fills no table', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    const rows = async () =>
      (
        await house.query<{ count: number }>(
          `SELECT ((SELECT count(*) FROM pending_sign_ins WHERE user_id = $1)
                 + (SELECT count(*) FROM totp_factors WHERE user_id = $1))::int AS count`,
          [person.id],
        )
      )[0]!.count;
    await browser.get(`${page}?return_to=/account`);
    expect(await rows()).toBe(0);
    await enrolTotp(house, person);
    const before = await rows();
    for (let views = 0; views < 3; views++) await browser.get(`${page}?return_to=/account`);
    expect(await rows()).toBe(before);
    expect(browser.cookies.has('castellan_pending')).toBe(false);
  });

  it('a passkey is asked for once that is begun: its challenge belongs to the sign-in that waits', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    await house.query(`UPDATE users SET second_factors = '{passkey}' WHERE id = $1`, [person.id]);
    const asked = await browser.get(`${page}?return_to=/account/apps`);
    expect(asked.text).not.toContain('data-passkey="second-factor"');
    const begun = await browser.post(formAction(asked.text), { method: 'passkey', action: 'begin' });
    expect(begun.text).toContain('data-passkey="second-factor"');
    expect(browser.cookies.get('castellan_pending')).toMatch(/^mfa_/);
  });

  it('begins no new sign-in where the one that it was asked for has ended', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    const app = await enrolTotp(house, person);
    const action = `${page}?return_to=/account`;
    expect((await browser.get(action)).status).toBe(200);
    expect((await browser.post(action, { method: 'totp', code: '000000' })).status).toBe(401);
    expect(browser.cookies.get('castellan_pending')).toMatch(/^mfa_/);
    await house.query(`UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE user_id = $1`, [
      person.id,
    ]);
    const answer = await browser.post(page, { method: 'totp', code: app.code() });
    expect([answer.status, answer.text.includes('took too long')]).toEqual([410, true]);
    expect(await sessionOf(person.id)).toBeUndefined();
  });

  it('asks who only found an open browser to sign in again before anything is set up', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    house.clock.pass(11 * 60);
    const answer = await browser.get(`${page}?return_to=/account`);
    expect(answer.location).toMatch(/\/sign-in\?return_to=.*again=1/);
  });
});

describe('P2 a workspace’s policy holds where it is chosen', () => {
  async function inTwo() {
    const person = await house.person();
    const first = await house.workspace({ name: 'Alpha', members: [[person, 'viewer']] });
    const second = await house.workspace({ name: 'Beta', members: [[person, 'viewer']] });
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    return { person, first, second, browser };
  }
  const path = '/sign-in/workspace';

  it('offers the person’s own and no other; the choice is kept with the session', async () => {
    const { person, second, browser } = await inTwo();
    const foreign = await house.workspace({ name: 'Foreign' });
    const asked = await browser.get(`${path}?return_to=/account/apps`);
    expect(asked.text).toContain('Alpha');
    expect(asked.text).toContain('Beta');
    expect(asked.text).not.toContain('Foreign');
    for (const wanted of ['', 'nonsense', foreign.id]) {
      const refused = await browser.post(path, { workspace: wanted, return_to: '/account/apps' });
      expect([refused.status, refused.text.includes('Choose one of the workspaces')]).toEqual([422, true]);
    }
    const chosen = await browser.post(path, { workspace: second.id, return_to: '/account/apps' });
    expect([chosen.status, chosen.location]).toEqual([303, own('/account/apps')]);
    expect((await sessionOf(person.id))?.workspace_id).toBe(second.id);
    expect((await createPageBrowser(house).get(path)).location).toContain('/sign-in?return_to=');
    const out = await createPageBrowser(house).post(path, { workspace: second.id });
    expect(out.status === 401 || out.location.includes('/sign-in')).toBe(true);
    const forged = await browser.post(path, { workspace: second.id }, { origin: 'https://evil.example' });
    expect(forged.status).toBe(403);
  });

  it('a required second factor is set up or proved first, then the choice stands', async () => {
    const { person, second, browser } = await inTwo();
    await house.query(
      `INSERT INTO workspace_policies (workspace_id, second_factor_required, updated_at) VALUES ($1, true, now())`,
      [second.id],
    );
    const sent = await browser.post(path, { workspace: second.id, return_to: '/account/apps' });
    expect(sent.location).toContain(`${page}?return_to=%2Fsign-in%2Fworkspace`);
    expect((await browser.get(sent.location)).text).toContain('Add a second factor');
    expect((await sessionOf(person.id))?.workspace_id).toBeNull();
    const app = await enrolTotp(house, person);
    expect((await browser.get(sent.location)).text).toContain('Code from your authenticator app');
    const proved = await browser.post(sent.location, { method: 'totp', code: app.code() });
    expect(proved.location).toContain('/sign-in/workspace?return_to=%2Faccount%2Fapps');
    const chosen = await browser.post(path, { workspace: second.id, return_to: '/account/apps' });
    expect(chosen.location).toBe(own('/account/apps'));
  });

  it('a way in that it does not take is told, with those that it takes', async () => {
    const { person, second, browser } = await inTwo();
    await house.query(
      `INSERT INTO workspace_policies (workspace_id, sign_in_methods, updated_at) VALUES ($1, '{passkey,email_link}', now())`,
      [second.id],
    );
    const refused = await browser.post(path, { workspace: second.id });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('Sign in again with one of these: passkey or link by e-mail.');
    await browser.post('/sign-in/link', { email: person.email });
    const [link] = await house.query<{ id: string }>('SELECT id FROM account_links WHERE email = $1', [
      person.email,
    ]);
    await browser.post(linkPath(house.platform.vault, 'sign_in', link!.id));
    expect((await browser.post(path, { workspace: second.id })).status).toBe(303);
  });
});
