import { workspacePolicyUpdate } from '@castellan/contract';
import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createConsentHand, formOf } from '../../../test/consent-browser.ts';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let setPolicy: (id: string, wanted: object) => Promise<void>;
beforeAll(async () => {
  house = await createOAuthHouse();
});
beforeEach(async () => {
  const admin = await house.administrator(); // The tests let hours pass.
  setPolicy = async (id, wanted) => {
    const open = {
      secondFactorRequired: false,
      signInMethods: null,
      sessionIdleSeconds: null,
      sessionAbsoluteSeconds: null,
    };
    const answer = await admin.call(workspacePolicyUpdate, { params: { id }, body: { ...open, ...wanted } });
    expect(answer.status).toBe(200);
  };
});
afterAll(() => house.close());

const { send, begin } = createConsentHand(() => house);

/** Somebody in three workspaces, the first by name asking for what their sign-in is not. */
async function member(policy: object) {
  const person = await house.person({ name: 'Wanda' });
  const strict = await house.workspace({ name: 'Alpha strict', members: [[person, 'editor']] });
  const easy = await house.workspace({ name: 'Beta easy', members: [[person, 'editor']] });
  await setPolicy(strict.id, policy);
  const app = await house.client({ skipsConsent: false });
  return { person, strict, easy, app, browser: await house.browser({ person }) };
}

const optionOf = (text: string, id: string): string =>
  new RegExp(`<option value="${id}"[^>]*>[^<]*</option>`).exec(text)![0];

describe('P2, P18 consent offers the workspaces that this sign-in opens', () => {
  it('one that takes other ways in can not be chosen, says which, and how to sign in so', async () => {
    const { browser, app, strict, easy } = await member({ signInMethods: ['passkey', 'email_link'] });
    const { page, checks } = await begin(browser, app);
    expect(optionOf(page.text, strict.id)).toContain('disabled');
    expect(page.text).toContain(
      'Alpha strict does not take the way you signed in. It takes: link by e-mail or passkey.',
    );
    expect(page.text).toMatch(/href="\/sign-in\?return_to=%2Finteraction%2F[^"]+again=1"/);
    const form = formOf(page.text, 'allow');
    expect(form.workspace).toBe(easy.id);
    // What the page does not offer is not taken from a form that was changed either.
    const forced = await send(browser, page.url, { ...form, workspace: strict.id });
    expect(forced.status).toBe(422);
    expect(forced.text).toContain('Choose one of the workspaces in the list.');
    const arrived = await send(browser, page.url, form);
    const tokens = await client.authorizationCodeGrant(app.configuration, new URL(arrived.url), checks);
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString());
    expect(claims.wid).toBe(easy.id);
  });

  it('one that asks for a second factor says so, and choosing it leads there', async () => {
    const { browser, app, strict, easy } = await member({ secondFactorRequired: true });
    const { page } = await begin(browser, app);
    expect(optionOf(page.text, strict.id)).toContain('asks for a second factor: you can add one next');
    const form = formOf(page.text, 'allow');
    expect(form.workspace).toBe(easy.id);
    const led = await send(browser, page.url, { ...form, workspace: strict.id });
    expect(new URL(led.url).pathname).toBe('/sign-in/second-factor');
    expect(await house.query('SELECT 1 FROM oauth_consents WHERE user_id = $1', [browser.userId])).toEqual(
      [],
    );
  });

  it('one whose sessions are shorter than this sign-in is old asks for a newer one', async () => {
    const { browser, app, strict } = await member({ sessionAbsoluteSeconds: 3600 });
    house.clock.pass(2 * 3600);
    const { page } = await begin(browser, app);
    expect(optionOf(page.text, strict.id)).toContain('asks for a newer sign-in');
    const led = await send(browser, page.url, { ...formOf(page.text, 'allow'), workspace: strict.id });
    const signIn = new URL(led.url);
    expect([signIn.pathname, signIn.searchParams.get('again')]).toEqual(['/sign-in', '1']);
  });

  it('where none is open, none is given unless it is chosen', async () => {
    const person = await house.person({ name: 'Wanda' });
    const strict = await house.workspace({ name: 'Only strict', members: [[person, 'editor']] });
    await setPolicy(strict.id, { signInMethods: ['passkey'] });
    const browser = await house.browser({ person });
    const { page } = await begin(browser, await house.client({ skipsConsent: false }));
    expect(formOf(page.text, 'allow').workspace).toBe('');
  });

  it('an app that needs no question is asked about all the same where the workspace is not open', async () => {
    const person = await house.person({ name: 'Wanda' });
    const strict = await house.workspace({ name: 'Only strict', members: [[person, 'editor']] });
    await setPolicy(strict.id, { signInMethods: ['passkey'] });
    const { page } = await begin(await house.browser({ person }), await house.client());
    expect(page.text).toContain('Only strict does not take the way you signed in.');
  });
});
