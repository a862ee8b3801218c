import { createPageBrowser, createTestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginAuthorization, createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

const logo = 'data:image/png;base64,iVBORw0KGgo=';

/** The sign-in page that somebody who is not signed in reaches from a client. */
async function signInPageFrom(app: Awaited<ReturnType<OAuthHouse['client']>>) {
  const browser = createPageBrowser(house);
  let { location } = await browser.get((await beginAuthorization(app)).address.href);
  for (let steps = 0; steps < 4 && new URL(location).pathname !== '/sign-in'; steps++)
    ({ location } = await browser.get(location));
  return { browser, location, page: await browser.get(location) };
}

it('P2 a registered client shows its name, logo and colour; the password goes on to it', async () => {
  const app = await house.client({ name: 'Northwind <Orders>', logoUri: logo, accentColor: '#0F766E' });
  const { browser, page, location } = await signInPageFrom(app);
  expect(page.text).toContain('Northwind &lt;Orders&gt;');
  expect(page.text).toContain(`src="${logo}"`);
  expect(page.text).toContain('href="/assets/accent-0f766e.css"');
  expect(page.headers['content-security-policy']).toContain("img-src 'self' data:");
  const sheet = await browser.get('/assets/accent-0f766e.css');
  expect(sheet.text).toContain('--accent:light-dark(#0f766e');
  const person = await house.person();
  const returnTo = new URL(location).searchParams.get('return_to')!;
  const answer = await browser.post('/sign-in', {
    email: person.email,
    password: person.password,
    return_to: returnTo,
  });
  expect(answer.location).toBe(house.issuer + returnTo);
});

it('P2 a client that registered itself looks like nobody’s product', async () => {
  const app = await house.client({ name: 'Northwind Orders', logoUri: logo, accentColor: '#0f766e' });
  await house.query(
    `UPDATE clients SET origin = 'dynamic', service_id = NULL, skips_consent = false WHERE id = $1`,
    [app.rowId],
  );
  const { page } = await signInPageFrom(app);
  expect(page.status).toBe(200);
  expect(page.text).toContain('<title>Sign in · Castellan</title>');
  expect(page.text).not.toContain('Northwind');
  expect(page.text).not.toContain('accent-');
});

it('P2 an interaction that nobody knows is no brand, and no error', async () => {
  const page = await createPageBrowser(house).get('/sign-in?return_to=/interaction/nonsense');
  expect([page.status, page.text.includes('· Castellan</title>')]).toEqual([200, true]);
});

it('P18 signing out at the wish of a client asks first, in the language of the person', async () => {
  const app = await house.client({ name: 'Northwind Orders' });
  const person = await house.person();
  const browser = createPageBrowser(house, 'de');
  await browser.post('/sign-in', { email: person.email, password: person.password });
  const asked = await browser.get(`/oauth/end_session?client_id=${app.clientId}`);
  expect(asked.text).toContain('<html lang="de">');
  expect(asked.text).toContain(
    `Northwind Orders möchte Sie abmelden. Sie sind als ${person.email} angemeldet.`,
  );
  expect((await browser.get('/sign-out')).text).toContain(person.email);
  const done = await browser.post('/oauth/end_session', { client_id: app.clientId, confirm: 'yes' });
  expect(done.text).toContain('Sie sind abgemeldet');
  expect((await browser.get('/sign-out')).text).not.toContain(person.email);
});

it('over HTTPS every cookie of these pages is bound to the host and unreadable to scripts', async () => {
  const secure = await createTestPlatform({
    settings: {
      PUBLIC_URL: 'https://id.example.com',
      ADMIN_URL: 'https://admin.example.com',
      COOKIE_SECURE: 'true',
    },
  });
  try {
    const person = await secure.person();
    const browser = createPageBrowser(secure);
    const answers = [
      await browser.get('/sign-in?lang=de'),
      await browser.post('/sign-in/link', { email: person.email }),
      await browser.post('/sign-in', { email: person.email, password: person.password }),
      await browser.post('/sign-out'),
    ];
    const cookies = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat() as string[]);
    expect(cookies.length).toBeGreaterThanOrEqual(4);
    for (const cookie of cookies)
      expect(cookie).toMatch(
        /^__Host-castellan_\w+=[^;]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    expect(answers[0]!.headers['strict-transport-security']).toContain('max-age');
  } finally {
    await secure.close();
  }
});
