import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  beginAuthorization,
  createOAuthHouse,
  type OAuthHouse,
  signInWith,
} from '../../../test/oauth-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { rotateSigningKey } from '../../platform/keys/signing-keys.ts';
import { endGrants } from '../grants/grant-store.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

const settledOf = async <T>(work: readonly Promise<T>[]) => {
  const settled = await Promise.allSettled(work);
  return {
    won: settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value),
    lost: settled
      .filter((one) => one.status === 'rejected')
      .map(({ reason }) => reason as { error?: string }),
  };
};

it('a code that is exchanged a hundred times at once gives tokens once, and those are ended', async () => {
  const app = await house.client();
  const browser = await house.browser();
  const begun = await beginAuthorization(app);
  const callback = await browser.authorize(begun.address);
  const { won, lost } = await settledOf(
    Array.from({ length: 100 }, () =>
      client.authorizationCodeGrant(app.configuration, callback, begun.checks),
    ),
  );
  expect(won.length).toBe(1);
  expect(new Set(lost.map(({ error }) => error))).toEqual(new Set(['invalid_grant']));
  await expect(client.refreshTokenGrant(app.configuration, won[0]!.refresh_token!)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

it('a refresh token that is used fifty times at once gives one and the same successor (RFC 9700 §4.14)', async () => {
  const app = await house.client();
  const { tokens } = await signInWith(await house.browser(), app);
  const { won, lost } = await settledOf(
    Array.from({ length: 50 }, () => client.refreshTokenGrant(app.configuration, tokens.refresh_token!)),
  );
  expect(lost).toEqual([]);
  expect(new Set(won.map(({ refresh_token }) => refresh_token)).size).toBe(1);
});

it('a request that is under way while a new password ends every sign-in gets nothing that outlives it', async () => {
  const app = await house.client();
  const browser = await house.browser();
  const scope = 'openid offline_access';
  await signInWith(browser, app, { scope });
  const { address } = await beginAuthorization(app, { scope });
  const underWay = await house.platform.database.write(systemOrigin, async (tx) => {
    await tx.query({ name: 'hold', text: 'SELECT 1 AS one FROM users WHERE id = $1 FOR UPDATE' }, [
      browser.userId,
    ]);
    await endGrants(tx, { userIds: [browser.userId] }, 'password_changed');
    const callback = browser.authorize(address);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return { callback };
  });
  const callback = await underWay.callback;
  expect(callback.searchParams.get('error')).toBe('access_denied');
  expect(
    await house.query('SELECT id FROM grants WHERE user_id = $1 AND ended_at IS NULL', [browser.userId]),
  ).toEqual([]);
});

it('no raw code, token, device code or request is anywhere in the database', async () => {
  const app = await house.client({
    grantTypes: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  });
  const browser = await house.browser();
  const first = await signInWith(browser, app);
  const pushed = await client.buildAuthorizationUrlWithPAR(app.configuration, {
    ...first.parameters,
    id_token_hint: first.tokens.id_token!,
  });
  const begun = await beginAuthorization(app);
  const callback = await browser.authorize(begun.address);
  const device = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
  // An interaction that waits, with a hint that is a token.
  const waiting = await beginAuthorization(app, { prompt: 'login', id_token_hint: first.tokens.id_token! });
  const interaction = (await browser.fetch(waiting.address.href)).headers.get('location')!.split('/').at(-1)!;
  const raw = {
    code: callback.searchParams.get('code')!,
    'used code': first.callback.searchParams.get('code')!,
    'refresh token': first.tokens.refresh_token!,
    'access token': first.tokens.access_token,
    'ID token': first.tokens.id_token!,
    'device code': device.device_code,
    'user code': device.user_code,
    'user code, normalized': device.user_code.replace('-', ''),
    'pushed request': pushed.searchParams.get('request_uri')!.split(':').at(-1)!,
    'browser session': browser.cookies.get('castellan_session')!,
    interaction,
    'client secret': app.secret!,
  };
  const tables = await house.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  let rows = 0;
  for (const { name } of tables) {
    const found = await house.query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM "${name}" t`);
    rows += found.length;
    for (const { row } of found)
      for (const [what, value] of Object.entries(raw)) {
        const spellings = [value, Buffer.from(value).toString('hex'), Buffer.from(value).toString('base64')];
        expect(
          spellings.some((text) => row.includes(text)),
          `${what} in ${name}`,
        ).toBe(false);
      }
  }
  expect(rows).toBeGreaterThan(20);
});

it('keys rotate while tokens are issued and verified, without one failed request', async () => {
  const app = await house.client();
  const browser = await house.browser();
  let { tokens } = await signInWith(browser, app);
  const kids = new Set<string>();
  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid;
  let stop = false;
  const load = (async () => {
    while (!stop) {
      tokens = (await client.refreshTokenGrant(app.configuration, tokens.refresh_token!)) as typeof tokens;
      kids.add(kidOf(tokens.id_token!));
      await client.fetchUserInfo(app.configuration, tokens.access_token, browser.userId);
    }
  })();
  const { database, vault, keys } = house.platform;
  for (let rotation = 0; rotation < 2; rotation++) {
    await rotateSigningKey(database, vault, systemOrigin, 30);
    await keys.reload();
    house.clock.pass(31);
    await new Promise((resolve) => setTimeout(resolve, 800));
  }
  stop = true;
  await load;
  expect(kids.size).toBe(3);
});
