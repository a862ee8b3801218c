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

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

/** One poll of the device (RFC 8628 §3.4), as the library makes it: the error, or the tokens. */
async function poll({ device_code }: client.DeviceAuthorizationResponse): Promise<{
  error?: string;
  error_description?: string | undefined;
  access_token?: string;
}> {
  try {
    return await client.genericGrantRequest(app.configuration, deviceCode, { device_code });
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return error;
    throw error;
  }
}

/** Says yes as somebody who is signed in. */
async function approve(userCode: string): Promise<void> {
  const browser = await house.browser();
  const send = async (form: Record<string, string>) =>
    (
      await browser.fetch(`${house.issuer}/device`, {
        method: 'POST',
        headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ user_code: userCode, ...form }).toString(),
      })
    ).text();
  const confirmation = /name="confirmation" value="([^"]+)"/.exec(await send({}))![1]!;
  await send({ confirmation, decision: 'allow' });
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
  await approve(device.user_code);
  expect((await poll(device)).access_token).toBeDefined();
});

it('a library that polls too fast is slowed down by it, and gets there (openid-client)', async () => {
  const answers: { readonly error: unknown; readonly at: number }[] = [];
  const { configuration } = await house.client({
    applicationType: 'native',
    grantTypes: [deviceCode],
    tokenEndpointAuthMethod: 'none',
  });
  configuration[client.customFetch] = async (address, options) => {
    const answer = await fetch(address, options as RequestInit);
    const { error } = (await answer.clone().json()) as { error?: string };
    answers.push({ error, at: performance.now() });
    if (error === 'slow_down') await approve(begun.user_code);
    return answer;
  };
  const begun = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
  answers.length = 0;
  // It takes every second for often enough, though five are the rule where the answer names none (RFC 8628 §3.5).
  const tokens = await client.pollDeviceAuthorizationGrant(configuration, { ...begun, interval: 1 });
  expect(tokens.access_token).toBeDefined();
  expect(answers.map(({ error }) => error)).toEqual(['authorization_pending', 'slow_down', undefined]);
  expect(answers[2]!.at - answers[1]!.at).toBeGreaterThan(5500);
}, 30_000);
