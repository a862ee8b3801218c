import { randomUUID } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsentHand, formOf } from '../../../test/consent-browser.ts';
import { beginAuthorization, createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

const { follow, send, begin } = createConsentHand(() => house);

/** A client that registered itself, with whatever name it likes. */
async function stranger(name: string, redirectUris = ['https://app.example.com/callback']) {
  const clientId = `dyn_${randomUUID()}`;
  await house.query(
    `INSERT INTO clients (id, client_id, name, origin, application_type, redirect_uris, grant_types,
       token_endpoint_auth_method, allowed_scopes, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, $2, 'dynamic', $3, $4, '{authorization_code,refresh_token}', 'none',
       '{openid,profile,email,offline_access}', now(), now())`,
    [clientId, name, redirectUris[0]!.startsWith('https') ? 'web' : 'native', redirectUris],
  );
  const configuration = await client.discovery(
    new URL(house.issuer),
    clientId,
    { id_token_signed_response_alg: 'EdDSA' },
    client.None(),
    { execute: [client.allowInsecureRequests] },
  );
  return { rowId: '', clientId, secret: undefined, redirectUri: redirectUris[0]!, configuration };
}

describe('P18, P19 consent', () => {
  it('says who asks, where it leads, what is asked, what not, and for how long', async () => {
    const browser = await house.browser();
    const app = await house.client({ name: 'Orders web', skipsConsent: false });
    const { page } = await begin(browser, app, {
      scope: 'openid profile email offline_access',
      prompt: 'consent',
    });
    expect(page.status).toBe(200);
    for (const words of [
      'Orders web wants access to your account',
      'An app of orders, registered here',
      'app.example.com',
      'See your name',
      'See your e-mail address',
      'It may not',
      'Up to 30 days',
    ])
      expect(page.text).toContain(words);
    expect(page.text).not.toContain('Not verified');
    // A switch for what is optional, none for what the request is about.
    expect(page.text).toContain('name="scope email"');
    expect(page.text).not.toContain('name="scope openid"');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('gives what was left switched on, and does not ask for the same again', async () => {
    const browser = await house.browser();
    const app = await house.client({ skipsConsent: false });
    const { page, checks } = await begin(browser, app);
    const form = formOf(page.text, 'allow');
    delete form['scope email'];
    const arrived = await send(browser, page.url, form);
    const tokens = await client.authorizationCodeGrant(app.configuration, new URL(arrived.url), checks);
    expect(tokens.scope).toBe('openid profile');
    const info = await client.fetchUserInfo(app.configuration, tokens.access_token, browser.userId);
    expect(info.email).toBeUndefined();
    const again = await begin(browser, app);
    expect(again.page.url).toMatch(/^https:\/\/app\.example\.com\/callback\?code=/);
  });

  it('a refusal is one press, gives nothing, and the app is told (RFC 6749 §4.1.2.1)', async () => {
    const browser = await house.browser();
    const app = await house.client({ skipsConsent: false });
    const { page } = await begin(browser, app);
    const arrived = new URL((await send(browser, page.url, formOf(page.text, 'refuse'))).url);
    expect(arrived.searchParams.get('error')).toBe('access_denied');
    expect(arrived.searchParams.get('iss')).toBe(house.issuer);
    expect(
      await house.query("SELECT 1 FROM grants WHERE user_id = $1 AND kind = 'oauth'", [browser.userId]),
    ).toEqual([]);
    // The request is over: the same page can't be answered twice.
    expect((await send(browser, page.url, formOf(page.text, 'allow'))).status).toBe(410);
  });

  it('a form of another site, another browser and another account decide nothing', async () => {
    const [ada, bob] = [await house.browser(), await house.browser()];
    const app = await house.client({ skipsConsent: false });
    const { page } = await begin(ada, app);
    const form = formOf(page.text, 'allow');
    for (const origin of ['https://evil.example', 'null'])
      expect((await send(ada, page.url, form, origin)).status).toBe(403);
    expect((await send(bob, page.url, form)).status).toBe(410);
    expect((await follow(bob, page.url)).status).toBe(410);
    // Somebody else signed in between the page and the yes: they are asked, and nothing is given in their name.
    const other = await house.person({ name: 'Carl' });
    const signedInAs = await house.browser({ person: other });
    ada.cookies.set('castellan_session', signedInAs.cookies.get('castellan_session')!);
    const asked = await send(ada, page.url, form);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(other.email);
    expect(
      await house.query("SELECT 1 FROM grants WHERE kind = 'oauth' AND user_id IN ($1, $2)", [
        ada.userId,
        other.id,
      ]),
    ).toEqual([]);
  });

  it('a browser is led on by a page, because form-action also binds redirects; a program by a redirect', async () => {
    const browser = await house.browser();
    const app = await house.client({ skipsConsent: false });
    for (const [accept, status] of [
      ['text/html,*/*;q=0.8', 200],
      ['*/*', 303],
    ] as const) {
      const { page } = await begin(browser, app, { prompt: 'consent' });
      const answer = await browser.fetch(page.url, {
        method: 'POST',
        headers: { accept, origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(formOf(page.text, 'refuse')).toString(),
      });
      expect(answer.status).toBe(status);
    }
  });

  it('asks for which workspace, takes only those of the person, and the token is for it', async () => {
    const person = await house.person({ name: 'Wanda' });
    const own = await house.workspace({ name: 'Own place', members: [[person, 'editor']] });
    const foreign = await house.workspace({ name: 'Foreign place' });
    const browser = await house.browser({ person });
    const app = await house.client({ skipsConsent: false });
    const { page, checks } = await begin(browser, app);
    expect(page.text).toContain('Own place');
    expect(page.text).not.toContain('Foreign place');
    const form = formOf(page.text, 'allow');
    const refused = await send(browser, page.url, { ...form, workspace: foreign.id });
    expect(refused.status).toBe(422);
    expect(form.workspace).toBe(own.id);
    const arrived = await send(browser, page.url, form);
    const { access_token } = await client.authorizationCodeGrant(
      app.configuration,
      new URL(arrived.url),
      checks,
    );
    expect(JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString()).wid).toBe(own.id);
  });
});

describe('a hostile client is shown safely', () => {
  it.each([
    ['markup', '<img src=x onerror=alert(1)><b>Orders</b>', []],
    ['a name that turns the line around', 'moc.elpmaxe\u202E evil', ['shortened, or without characters']],
    ['an endless name', 'A'.repeat(5000), ['shortened, or without characters']],
    ['a name with line breaks and spaces', 'Orders\n\n\n\u00A0\u3000is verified', []],
    ['piled marks', `Z${'\u0301'.repeat(500)}algo`, ['shortened, or without characters']],
    ['invisible characters', 'Or\u200Bde\u2060rs', ['looks like “orders”']],
    ['Cyrillic letters', 'Оrdеrs', ['several alphabets', 'looks like “orders”']],
    ['the platform itself', 'Castel1an', ['looks like “Castellan”']],
    ['nothing readable', '\u200B\u2060', ['An app without a readable name']],
  ])('%s', async (_, name, warnings) => {
    const browser = await house.browser();
    const { page } = await begin(browser, await stranger(name));
    expect(page.status).toBe(200);
    expect(page.text).toContain('Not verified');
    for (const warning of warnings) expect(page.text).toContain(warning);
    expect(page.text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u2060]/);
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toMatch(/A{100}|\u0301{3}/);
    // The name stands in one line of its own, and the title of the page can't be taken over.
    expect(/<h1>([^<]*)<\/h1>/.exec(page.text)![1]).toMatch(/ wants access to your account$/);
  });

  it('one that returns to this computer alone is told apart', async () => {
    const browser = await house.browser();
    const local = await begin(browser, await stranger('Tool', ['http://127.0.0.1:7777/cb']));
    expect(local.page.text).toContain('a program on this computer');
    expect(local.page.text).toContain('127.0.0.1:7777');
    const remote = await begin(browser, await stranger('Tool'));
    expect(remote.page.text).not.toContain('a program on this computer');
  });
});

describe('signing in for an app', () => {
  it('somebody who is not signed in goes to the sign-in, comes back and goes on', async () => {
    const browser = await house.browser();
    const session = browser.cookies.get('castellan_session')!;
    browser.cookies.delete('castellan_session');
    const app = await house.client();
    const { address } = await beginAuthorization(app, { login_hint: 'mara@example.com' });
    const asked = await browser.fetch(String(address));
    const interaction = new URL(asked.headers.get('location')!, house.issuer).href;
    const answer = await browser.fetch(interaction);
    expect(answer.status).toBe(303);
    const signIn = new URL(answer.headers.get('location')!, house.issuer);
    expect(signIn.pathname).toBe('/sign-in');
    expect(signIn.searchParams.get('return_to')).toBe(new URL(interaction).pathname);
    expect(signIn.searchParams.get('login_hint')).toBe('mara@example.com');
    browser.cookies.set('castellan_session', session);
    expect((await follow(browser, interaction)).url).toContain('app.example.com/callback?code=');
  });

  it('step-up (acr_values): asks for the second factor, and says so when there was none', async () => {
    const browser = await house.browser();
    const app = await house.client();
    const { address } = await beginAuthorization(app, { acr_values: 'aal2', prompt: 'login' });
    const asked = await browser.fetch(String(address));
    const interaction = new URL(asked.headers.get('location')!, house.issuer).href;
    const first = await browser.fetch(interaction);
    const signIn = new URL(first.headers.get('location')!, house.issuer);
    expect(signIn.searchParams.get('again')).toBe('1');
    expect(signIn.searchParams.get('second_factor')).toBe('1');
    await browser.signIn(['pwd', 'otp', 'mfa']);
    expect((await follow(browser, interaction)).url).toContain('app.example.com/callback?code=');
  });

  it('step-up that the sign-in did not meet: a page says what is missing, and refusing leads back', async () => {
    const browser = await house.browser();
    const { address } = await beginAuthorization(await house.client(), {
      acr_values: 'phr',
      prompt: 'login',
    });
    const asked = await browser.fetch(String(address));
    const interaction = new URL(asked.headers.get('location')!, house.issuer).href;
    await browser.signIn(['pwd']);
    const page = await follow(browser, interaction);
    expect(page.text).toContain('A stronger sign-in is needed');
    expect(page.text).toContain('It wants a passkey.');
    const refused = await send(browser, interaction, formOf(page.text, 'refuse'));
    expect(refused.url).toContain('app.example.com/callback?error=access_denied');
  });

  it('select_account: goes on with this account, or with another', async () => {
    const browser = await house.browser();
    const app = await house.client();
    const { page } = await begin(browser, app, { prompt: 'select_account' });
    expect(page.text).toContain('With which account?');
    expect(page.text).toContain('Use another account');
    const arrived = await send(browser, page.url, formOf(page.text, 'continue'));
    expect(arrived.url).toContain('app.example.com/callback?code=');
  });
});

describe('errors that can not be sent back to an app', () => {
  it('an unregistered address is never followed: a page with the code, advice and the correlation id', async () => {
    const browser = await house.browser();
    const app = await house.client();
    const { address } = await beginAuthorization({ ...app, redirectUri: 'https://evil.example/callback' });
    const answer = await browser.fetch(String(address), {
      headers: { 'x-correlation-id': 'a-known-correlation' },
    });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(text).toContain('This sign-in can not go on');
    expect(text).toContain('invalid_redirect_uri');
    expect(text).toContain('is not registered, so you are not sent there');
    expect(text).toContain('a-known-correlation');
    expect(text).not.toContain('http-equiv');
    const german = await browser.fetch(String(address), { headers: { 'accept-language': 'de' } });
    expect(await german.text()).toContain('Diese Anmeldung kann nicht weitergehen');
  });

  it('an unknown client is told as such, and what came in the address is text', async () => {
    const browser = await house.browser();
    const answer = await browser.fetch(
      `${house.issuer}/oauth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E&response_type=code`,
    );
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(text).toContain('invalid_client');
    expect(text).toContain('The app is not registered here');
    expect(text).not.toContain('<script>');
  });
});
