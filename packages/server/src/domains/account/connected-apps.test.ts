import { randomUUID } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsentHand, formOf } from '../../../test/consent-browser.ts';
import {
  createOAuthHouse,
  type OAuthBrowser,
  type OAuthHouse,
  type OAuthTestClient,
} from '../../../test/oauth-house.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

const { follow, send, begin } = createConsentHand(() => house);

describe('P19 connected apps', () => {
  const connect = async (browser: OAuthBrowser, app: OAuthTestClient) => {
    const { page, checks } = await begin(browser, app);
    // What the person allowed before is not asked again.
    const isAsked = page.url.startsWith(house.issuer);
    const arrived = isAsked ? await send(browser, page.url, formOf(page.text, 'allow')) : page;
    return client.authorizationCodeGrant(app.configuration, new URL(arrived.url), checks);
  };

  it('lists each app with what it may; disconnecting is true on its next call, and it has to ask again', async () => {
    const [ada, bob] = [await house.browser(), await house.browser()];
    const app = await house.client({ name: 'Ledger', skipsConsent: false });
    const tokens = await connect(ada, app);
    const kept = await connect(bob, app);
    const list = await follow(ada, `${house.issuer}/account/apps`);
    expect(list.text).toContain('Ledger');
    expect(list.text).toContain('See your name');
    const disconnect = /href="(\/account\/apps\/[^"]+)"/.exec(list.text)![1]!;
    const confirm = await follow(ada, house.issuer + disconnect);
    expect(confirm.text).toContain('Disconnect Ledger?');
    expect(confirm.text).toContain('its one sign-in as you');
    const done = await send(ada, `${house.issuer}${disconnect}/revoke`, {});
    expect(done.text).toContain('The app has no access any more.');
    expect(done.text).not.toContain('Ledger');
    await expect(client.fetchUserInfo(app.configuration, tokens.access_token, ada.userId)).rejects.toThrow();
    await expect(client.refreshTokenGrant(app.configuration, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.refreshTokenGrant(app.configuration, kept.refresh_token!)).resolves.toBeDefined();
    expect((await begin(ada, app)).page.text).toContain('Ledger wants access');
    await house.platform.settled();
    const events = await house.query(
      "SELECT 1 FROM activity_events WHERE action = 'app_disconnected' AND actor_id = $1",
      [ada.userId],
    );
    expect(events).toHaveLength(1);
  });

  it('says what it may as its service describes it, as the page of consent did', async () => {
    const ada = await house.browser();
    const app = await house.client({
      name: 'Ledger two',
      skipsConsent: false,
      allowedScopes: ['openid', 'bills:read', 'odd'],
    });
    await house.query(
      `UPDATE services SET scopes = '[{"name":"bills:read","description":"See your bills"}]' WHERE name = 'orders'`,
    );
    const { page } = await begin(ada, app, { scope: 'openid bills:read odd' });
    expect(page.text).toContain('See your bills');
    await send(ada, page.url, formOf(page.text, 'allow'));
    const list = await follow(ada, `${house.issuer}/account/apps`);
    expect(list.text).toContain('Recognise you · See your bills · Use odd');
  });

  it('a password change, and the end of the browser session it was given in, end it on its next call', async () => {
    const person = await house.person({ name: 'Nell' });
    const [one, other] = [await house.browser({ person }), await house.browser({ person })];
    const app = await house.client({ skipsConsent: false });
    const [first, second] = [await connect(one, app), await connect(other, app)];
    const uses = (tokens: { readonly access_token: string }) =>
      client.fetchUserInfo(app.configuration, tokens.access_token, person.id).then(
        () => true,
        () => false,
      );
    expect([await uses(first), await uses(second)]).toEqual([true, true]);
    await send(one, `${house.issuer}/account/sessions/${other.sessionId}/end`, {});
    expect([await uses(first), await uses(second)]).toEqual([true, false]);
    const phrase = 'seven quiet lanterns drift';
    const changed = await send(one, `${house.issuer}/account/password`, {
      password: phrase,
      password_again: phrase,
    });
    expect(changed.text).toContain('Your password is changed.');
    expect(await uses(first)).toBe(false);
  });

  it('what somebody else connected can be neither seen nor ended', async () => {
    const [ada, bob] = [await house.browser(), await house.browser()];
    const app = await house.client({ name: 'Private tool', skipsConsent: false });
    const tokens = await connect(ada, app);
    const [row] = await house.query<{ id: string }>('SELECT id FROM clients WHERE client_id = $1', [
      app.clientId,
    ]);
    expect((await follow(bob, `${house.issuer}/account/apps`)).text).not.toContain('Private tool');
    for (const url of [`/account/apps/${row!.id}`, `/account/apps/${randomUUID()}`])
      expect((await follow(bob, house.issuer + url)).text).toContain('never yours');
    expect((await send(bob, `${house.issuer}/account/apps/${row!.id}/revoke`, {})).text).toContain(
      'never yours',
    );
    await expect(
      client.fetchUserInfo(app.configuration, tokens.access_token, ada.userId),
    ).resolves.toBeDefined();
  });
});
