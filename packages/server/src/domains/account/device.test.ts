import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOAuthHouse,
  type OAuthBrowser,
  type OAuthHouse,
  type OAuthTestClient,
} from '../../../test/oauth-house.ts';
import { readUserCode } from './device-routes.ts';

let house: OAuthHouse;
let app: OAuthTestClient;
beforeAll(async () => {
  house = await createOAuthHouse();
  app = await house.client({
    name: 'Till printer',
    applicationType: 'native',
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    tokenEndpointAuthMethod: 'none',
  });
});
afterAll(() => house.close());

const askForCode = () =>
  client.initiateDeviceAuthorization(app.configuration, { scope: 'openid profile email' });

async function send(browser: OAuthBrowser, form: Record<string, string>, origin = house.issuer) {
  const answer = await browser.fetch(`${house.issuer}/device`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const confirmationOf = (text: string): string => /name="confirmation" value="([^"]+)"/.exec(text)![1]!;

/** One poll of the device (RFC 8628 §3.4): the error, or the tokens. */
async function poll(device: client.DeviceAuthorizationResponse) {
  const answer = await fetch(`${house.issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: device.device_code,
      client_id: app.clientId,
    }),
  });
  return (await answer.json()) as { error?: string; access_token?: string; scope?: string };
}

describe('P18 device codes (RFC 8628)', () => {
  it('reads codes as people type them, and nothing that can not be one', () => {
    for (const typed of [
      'WDJB-MJHT',
      'wdjbmjht',
      ' wdjb mjht ',
      'WDJB–MJHT',
      'ＷＤＪＢ MJHT',
      'w.d.j.b/m-j_h,t',
    ])
      expect(readUserCode(typed), typed).toBe('WDJBMJHT');
    for (const typed of ['', '---', 'ab', 'x'.repeat(41), '<script>alert(1)</script>', 'WDJB\0MJHT', 'ÄÖÜß'])
      expect(readUserCode(typed), typed).toBeUndefined();
  });

  it('shows what asks, the code and from where; the device gets in only after the yes, with what was allowed', async () => {
    const [device, browser] = [await askForCode(), await house.browser()];
    const entry = await browser.fetch(`${house.issuer}/device?user_code=${device.user_code}`);
    expect(await entry.text()).toContain(`value="${device.user_code}"`);
    const shown = await send(browser, { user_code: device.user_code.toLowerCase().replace('-', ' ') });
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('Connect Till printer?');
    expect(shown.text).toContain(device.user_code);
    expect(shown.text).toContain('this computer');
    expect((await poll(device)).error).toBe('authorization_pending');
    const done = await send(browser, {
      user_code: device.user_code,
      confirmation: confirmationOf(shown.text),
      decision: 'allow',
      'scope profile': 'on',
    });
    expect(done.text).toContain('Till printer has access now');
    await new Promise((resolve) => setTimeout(resolve, (device.interval ?? 5) * 1000));
    const tokens = await poll(device);
    expect(tokens.error).toBeUndefined();
    expect(tokens.scope).toBe('openid profile');
    // The code is spent.
    expect((await send(browser, { user_code: device.user_code })).status).toBe(422);
  });

  it('a refusal ends it, and the device is told', async () => {
    const [device, browser] = [await askForCode(), await house.browser()];
    const shown = await send(browser, { user_code: device.user_code });
    const done = await send(browser, {
      user_code: device.user_code,
      confirmation: confirmationOf(shown.text),
      decision: 'refuse',
    });
    expect(done.text).toContain('Till printer has no access');
    expect((await poll(device)).error).toBe('access_denied');
  });

  it('only the browser session that was shown it can allow it', async () => {
    const device = await askForCode();
    const person = await house.person({ name: 'Mara' });
    const [shownTo, elsewhere, stranger] = [
      await house.browser({ person }),
      await house.browser({ person }),
      await house.browser(),
    ];
    const shown = await send(shownTo, { user_code: device.user_code });
    const yes = { user_code: device.user_code, confirmation: confirmationOf(shown.text), decision: 'allow' };
    for (const browser of [elsewhere, stranger]) expect((await send(browser, yes)).status).toBe(410);
    for (const origin of ['https://evil.example', 'null'])
      expect((await send(shownTo, yes, origin)).status).toBe(403);
    // A yes without the page, as a link or form of somebody else would bring it, shows the page first.
    const { confirmation: _, ...blind } = yes;
    expect((await send(stranger, blind)).text).toContain('Connect Till printer?');
    expect((await send(shownTo, { ...yes, confirmation: 'x' })).status).toBe(410);
    expect((await poll(device)).error).toBe('authorization_pending');
    expect((await send(shownTo, yes)).text).toContain('has access now');
  });

  it('nobody is signed in: the sign-in comes first and leads back with the code', async () => {
    const answer = await fetch(`${house.issuer}/device?user_code=WDJB-MJHT`, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/sign-in?return_to=%2Fdevice%3Fuser_code%3DWDJB-MJHT');
  });

  it('guessing is limited before a code is looked at: then the right one does not get in either', async () => {
    const [device, browser] = [await askForCode(), await house.browser()];
    let last = await send(browser, { user_code: 'BBBB-BBBB' });
    expect(last.status).toBe(422);
    expect(last.text).toContain('No device waits with this code');
    for (let round = 0; round < 15 && last.status !== 429; round++)
      last = await send(browser, { user_code: `BBBB-BBB${String.fromCharCode(67 + round)}` });
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send(browser, { user_code: device.user_code })).status).toBe(429);
    // Others are not kept out by it.
    expect((await send(await house.browser(), { user_code: device.user_code })).status).toBe(200);
  });
});
