import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse, type OAuthTestClient } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let app: OAuthTestClient;
beforeAll(async () => {
  house = await createOAuthHouse();
  app = await house.client({
    applicationType: 'native',
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'],
    tokenEndpointAuthMethod: 'none',
  });
});
afterAll(() => house.close());

/** One poll of the device (RFC 8628 §3.4): the error, or the tokens. */
async function poll({ device_code }: client.DeviceAuthorizationResponse) {
  const answer = await fetch(`${house.issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code,
      client_id: app.clientId,
    }),
  });
  return (await answer.json()) as { error?: string; error_description?: string; access_token?: string };
}

it('a device that asks too often has to wait five seconds longer each time (RFC 8628 §3.5)', async () => {
  const device = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
  expect((await poll(device)).error).toBe('authorization_pending');
  house.clock.pass(5);
  expect((await poll(device)).error).toBe('authorization_pending');
  house.clock.pass(2);
  const hasty = await poll(device);
  expect([hasty.error, hasty.error_description]).toEqual([
    'slow_down',
    'device_code: it is asked about too often; wait five seconds longer',
  ]);
  // Five seconds are too soon now; ten are not.
  house.clock.pass(5);
  expect((await poll(device)).error).toBe('slow_down');
  house.clock.pass(15);
  expect((await poll(device)).error).toBe('authorization_pending');
});

it('each device has its own pace, and of many polls at once one is in time', async () => {
  const [one, other] = [
    await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' }),
    await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' }),
  ];
  const answers = await Promise.all(Array.from({ length: 6 }, () => poll(one)));
  expect(answers.filter(({ error }) => error === 'authorization_pending')).toHaveLength(1);
  expect(answers.filter(({ error }) => error === 'slow_down')).toHaveLength(5);
  expect((await poll(other)).error).toBe('authorization_pending');
});

it('what somebody decided is told at once, however often the device asked', async () => {
  const device = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
  await poll(device);
  expect((await poll(device)).error).toBe('slow_down');
  const browser = await house.browser();
  const send = async (form: Record<string, string>) =>
    (
      await browser.fetch(`${house.issuer}/device`, {
        method: 'POST',
        headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ user_code: device.user_code, ...form }).toString(),
      })
    ).text();
  const confirmation = /name="confirmation" value="([^"]+)"/.exec(await send({}))![1]!;
  await send({ confirmation, decision: 'allow' });
  expect((await poll(device)).access_token).toBeDefined();
});
