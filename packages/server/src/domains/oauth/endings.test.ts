import {
  membersRemove,
  sessionsCheck,
  usersEndSession,
  usersEndSessions,
  usersSetStates,
} from '@castellan/contract';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOAuthHouse,
  type OAuthBrowser,
  type OAuthHouse,
  type OAuthTestClient,
  signInWith,
} from '../../../test/oauth-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { endGrants } from '../grants/grant-store.ts';

/** Whatever ends a grant is true on the next call, at every place that is asked: refresh, userinfo, the session check. */

let house: OAuthHouse;
let app: OAuthTestClient;
let serviceKey: string;
beforeAll(async () => {
  house = await createOAuthHouse();
  app = await house.client();
  const { createServiceKey } = await import('../services/service-keys.ts');
  const [service] = await house.query<{ id: string }>(`SELECT id FROM services WHERE name = 'orders'`);
  const made = await house.platform.database.write(systemOrigin, (tx) => createServiceKey(tx, service!.id));
  serviceKey = made.key;
});
afterAll(() => house.close());

const ended = { error: 'invalid_grant' };

async function isLive(accessToken: string): Promise<boolean> {
  const answer = await house
    .caller({ authorization: `Bearer ${serviceKey}` })
    .call(sessionsCheck, { body: { tokens: [accessToken] } });
  return answer.result.results[0]!.active;
}

async function expectEnded(
  tokens: Awaited<ReturnType<typeof signInWith>>['tokens'],
  sub: string,
): Promise<void> {
  expect(await isLive(tokens.access_token), 'session check').toBe(false);
  await expect(
    client.fetchUserInfo(app.configuration, tokens.access_token, sub),
    'userinfo',
  ).rejects.toThrow();
  await expect(
    client.refreshTokenGrant(app.configuration, tokens.refresh_token!),
    'refresh',
  ).rejects.toMatchObject(ended);
}

describe('what ends a grant', () => {
  type End = (browser: OAuthBrowser) => Promise<void>;
  const endings: Record<string, End> = {
    'deactivation of the person': async ({ userId }) => {
      const admin = await house.administrator();
      expect(
        (await admin.call(usersSetStates, { body: { ids: [userId], isActive: false } })).status,
      ).toBeLessThan(300);
    },
    'an operator who ends all sessions': async ({ userId }) => {
      const admin = await house.administrator();
      expect((await admin.call(usersEndSessions, { params: { id: userId } })).status).toBeLessThan(300);
    },
    'sign-out of the browser it was given in': async (browser) => {
      const page = await browser.fetch(`${house.issuer}/oauth/end_session`);
      expect(await page.text()).toContain('Sign out');
      const done = await browser.fetch(`${house.issuer}/oauth/end_session`, {
        method: 'POST',
        body: new URLSearchParams({ confirm: 'yes' }),
        headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(done.status).toBe(200);
    },
    'an operator who ends the browser session': async (browser) => {
      const admin = await house.administrator();
      const answer = await admin.call(usersEndSession, {
        params: { id: browser.userId, sid: browser.sessionId },
      });
      expect(answer.status).toBeLessThan(300);
    },
    'a change of the password': async ({ userId }) => {
      await house.platform.database.write(systemOrigin, (tx) =>
        endGrants(tx, { userIds: [userId] }, 'password_changed'),
      );
    },
    'thirty days': async () => house.clock.pass(30 * 24 * 3600),
  };
  for (const [name, end] of Object.entries(endings))
    it(`${name}: refused on the next call everywhere`, async () => {
      const browser = await house.browser();
      const { tokens } = await signInWith(browser, app);
      expect(await isLive(tokens.access_token)).toBe(true);
      await end(browser);
      await expectEnded(tokens, browser.userId);
    });

  it('removal from the workspace that it is for', async () => {
    const person = await house.person();
    const workspace = await house.workspace({
      members: [
        [person, 'editor'],
        [await house.person(), 'owner'],
      ],
    });
    const { tokens } = await signInWith(await house.browser({ person }), app);
    const { wid } = JSON.parse(Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString());
    expect(wid, 'their only workspace').toBe(workspace.id);
    const admin = await house.administrator();
    const removed = await admin.call(membersRemove, { params: { id: workspace.id, uid: person.id } });
    expect(removed.status).toBeLessThan(300);
    await expectEnded(tokens, person.id);
  });

  it('a code that comes back ends what it gave, and nothing else (RFC 9700 §4.5)', async () => {
    const person = await house.person();
    const other = await signInWith(await house.browser({ person }), app);
    const { tokens, callback, checks } = await signInWith(await house.browser({ person }), app);
    await expect(client.authorizationCodeGrant(app.configuration, callback, checks)).rejects.toMatchObject(
      ended,
    );
    await expectEnded(tokens, person.id);
    expect(await isLive(other.tokens.access_token), 'the other sign-in').toBe(true);
    const [event] = await house.query(
      `SELECT 1 FROM activity_outbox WHERE action = 'oauth_code_replayed' UNION ALL SELECT 1 FROM activity_events WHERE action = 'oauth_code_replayed'`,
    );
    expect(event).toBeDefined();
  });

  it('two devices of one client do not end each other', async () => {
    const person = await house.person();
    const phone = await signInWith(await house.browser({ person }), app);
    const laptop = await signInWith(await house.browser({ person }), app);
    const sid = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid;
    await house.platform.database.write(systemOrigin, (tx) =>
      endGrants(tx, { grantId: sid(phone.tokens.access_token) }, 'revoked'),
    );
    await expectEnded(phone.tokens, person.id);
    expect(await isLive(laptop.tokens.access_token)).toBe(true);
    await client.refreshTokenGrant(app.configuration, laptop.tokens.refresh_token!);
  });

  it('an app on a device of its own outlives the browser it was allowed in', async () => {
    const phone = await house.client({
      applicationType: 'native',
      tokenEndpointAuthMethod: 'none',
      redirectUris: ['http://127.0.0.1/callback'],
    });
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, phone, { redirect_uri: 'http://127.0.0.1:53682/callback' });
    await house.platform.database.write(systemOrigin, (tx) =>
      endGrants(tx, { grantId: browser.sessionId }, 'signed_out'),
    );
    expect(
      (await client.refreshTokenGrant(phone.configuration, tokens.refresh_token!)).access_token,
    ).toBeDefined();
  });
});
