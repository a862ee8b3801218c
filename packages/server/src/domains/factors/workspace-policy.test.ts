import {
  login,
  loginMfa,
  refresh,
  sessionsCheck,
  type WorkspacePolicy,
  workspacePolicyRead,
  workspacePolicyUpdate,
} from '@castellan/contract';
import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enrolTotp, type TestPerson } from '../../../test/enrol.ts';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let admin: Awaited<ReturnType<OAuthHouse['administrator']>>;
let serviceKey: string;
beforeAll(async () => {
  house = await createOAuthHouse();
  serviceKey = await house.service('billing');
});
beforeEach(async () => {
  admin = await house.administrator(); // The tests let hours pass.
});
afterAll(() => house.close());

const open: WorkspacePolicy = {
  secondFactorRequired: false,
  signInMethods: null,
  sessionIdleSeconds: null,
  sessionAbsoluteSeconds: null,
};
const setPolicy = async (id: string, wanted: Partial<WorkspacePolicy>) => {
  const body = { ...open, ...wanted };
  const answer = await admin.call(workspacePolicyUpdate, { params: { id }, body });
  expect(answer.status).toBe(200);
};
const signIn = (person: TestPerson, workspaceId?: string) =>
  house.caller().call(login, {
    body: {
      email: person.email,
      password: person.password,
      service: 'billing',
      ...(workspaceId ? { workspaceId } : {}),
    },
  });
const renew = (refreshToken: string, workspaceId?: string) =>
  house.caller().call(refresh, { body: { refreshToken, ...(workspaceId ? { workspaceId } : {}) } });
const isLive = async (accessToken: string): Promise<boolean> =>
  (
    await house
      .caller({ authorization: `Bearer ${serviceKey}` })
      .call(sessionsCheck, { body: { tokens: [accessToken] } })
  ).result.results[0]!.active;

describe('P2 a workspace that asks for a second factor', () => {
  it('refuses who has none and says where to add one; another workspace takes the same sign-in', async () => {
    const person = await house.person();
    const strict = await house.workspace({ members: [[person, 'editor']] });
    await setPolicy(strict.id, { secondFactorRequired: true });
    expect((await signIn(person)).code).toBe('mfa_enrolment_required');
    const easy = await house.workspace({ members: [[person, 'editor']] });
    expect((await signIn(person, strict.id)).code).toBe('mfa_enrolment_required');
    const signedIn = await signIn(person, easy.id);
    expect(signedIn.result.workspace?.id).toBe(easy.id);
    const switched = await renew(signedIn.result.refreshToken, strict.id);
    expect(switched.code).toBe('mfa_enrolment_required');
    // Refused, and the session is as it was.
    expect((await renew(signedIn.result.refreshToken)).result.workspace?.id).toBe(easy.id);
  });

  it('asks of a session that was there at its next renewal; the code gives a session that may', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const before = await signIn(person);
    const { code } = await enrolTotp(house, person);
    await setPolicy(workspace.id, { secondFactorRequired: true });
    const asked = await renew(before.result.refreshToken);
    expect(JSON.parse(asked.text)).toMatchObject({
      code: 'mfa_required',
      methods: ['totp', 'recovery_code'],
    });
    const body = { mfaToken: JSON.parse(asked.text).mfa_token, method: 'totp', code: code() } as const;
    const after = await house.caller().call(loginMfa, { body });
    expect(after.result.workspace?.id).toBe(workspace.id);
    expect((await renew(after.result.refreshToken)).status).toBe(200);
  });
});

describe('P2 a workspace that takes some ways of signing in', () => {
  it('refuses others by name, at sign-in and at renewal', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const before = await signIn(person);
    await setPolicy(workspace.id, { signInMethods: ['provider:acme', 'passkey'] });
    const refused = await signIn(person);
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'sign_in_method_refused',
      detail: 'This workspace takes: passkey, provider:acme.',
    });
    expect((await renew(before.result.refreshToken)).code).toBe('sign_in_method_refused');
    await setPolicy(workspace.id, { signInMethods: ['password'] });
    expect((await renew(before.result.refreshToken)).status).toBe(200);
  });
});

describe('P2 sessions of a workspace end when it says', () => {
  it('without use, and at most, whichever platform rule is further away', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    await setPolicy(workspace.id, { sessionIdleSeconds: 600, sessionAbsoluteSeconds: 1500 });
    let held = (await signIn(person)).result;
    expect(held.refreshExpiresIn).toBeLessThanOrEqual(600);
    for (const passing of [500, 500]) {
      house.clock.pass(passing);
      held = (await renew(held.refreshToken)).result;
    }
    expect(held.refreshExpiresIn).toBeLessThanOrEqual(501);
    house.clock.pass(501);
    expect((await renew(held.refreshToken)).code).toBe('token_expired');
    const idle = (await signIn(person)).result;
    house.clock.pass(601);
    expect((await renew(idle.refreshToken)).code).toBe('token_expired');
  });

  it('also those that are there, on the next call, when it says less than before', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const held = (await signIn(person)).result;
    house.clock.pass(400);
    expect(await isLive(held.accessToken)).toBe(true);
    await setPolicy(workspace.id, { sessionIdleSeconds: 300 });
    expect(await isLive(held.accessToken)).toBe(false);
    expect((await renew(held.refreshToken)).code).toBe('token_expired');
  });

  it('never later than the platform says, and a longer wish is refused by name', async () => {
    const workspace = await house.workspace();
    const answer = await admin.call(workspacePolicyUpdate, {
      params: { id: workspace.id },
      body: undefined as never,
      rawBody: JSON.stringify({
        second_factor_required: false,
        sign_in_methods: ['fax', 'password'],
        session_idle_seconds: 604_801,
        session_absolute_seconds: 10,
      }),
    });
    expect(answer.code).toBe('validation_failed');
    expect(answer.fields).toEqual(['sign_in_methods.0', 'session_idle_seconds', 'session_absolute_seconds']);
  });
});

describe('P18 OAuth grants in a workspace that asks for more', () => {
  it('the request is answered once it is proved; a grant without it ends at its next renewal', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const { configuration, redirectUri } = await house.client({ service: 'orders' });
    const browser = await house.browser({ person });
    const codeVerifier = client.randomPKCECodeVerifier();
    const ask = async () => {
      const address = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid offline_access',
        prompt: 'consent',
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      const back = await browser.authorize(address, { workspaceId: workspace.id });
      return client.authorizationCodeGrant(configuration, back, { pkceCodeVerifier: codeVerifier });
    };
    const before = await ask();
    await setPolicy(workspace.id, { secondFactorRequired: true, sessionAbsoluteSeconds: 3600 });
    await expect(client.refreshTokenGrant(configuration, before.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(ask()).rejects.toMatchObject({ code: 'mfa_enrolment_required' });
    await browser.signIn(['pwd', 'otp', 'mfa']);
    const after = await ask();
    const [grant] = await house.query<{
      amr: string[];
      workspace_id: string;
      lives: number;
      sign_in_method: string;
    }>(
      `SELECT amr, workspace_id, sign_in_method, extract(epoch FROM expires_at - auth_time)::int AS lives
       FROM grants WHERE user_id = $1 AND kind = 'oauth' ORDER BY created_at DESC LIMIT 1`,
      [person.id],
    );
    expect(grant).toEqual({
      amr: ['pwd', 'otp', 'mfa'],
      workspace_id: workspace.id,
      lives: 3600,
      sign_in_method: 'password',
    });
    const renewed = await client.refreshTokenGrant(configuration, after.refresh_token!);
    expect(renewed.access_token).toEqual(expect.any(String));
    // A browser that stays signed in does not begin one grant after another: the sign-in itself has to be new enough.
    house.clock.pass(3601);
    await expect(ask()).rejects.toMatchObject({ code: 'recent_sign_in_required' });
    await browser.signIn(['pwd', 'otp', 'mfa']);
    expect((await ask()).access_token).toEqual(expect.any(String));
  });
});

describe('changing a policy', () => {
  it('is told with what changed, counts who is protected, and changes nothing when nothing is new', async () => {
    const [one, two] = [await house.person(), await house.person()];
    const workspace = await house.workspace({
      members: [
        [one, 'owner'],
        [two, 'viewer'],
      ],
    });
    await enrolTotp(house, one);
    const read = () => admin.call(workspacePolicyRead, { params: { id: workspace.id } });
    expect((await read()).result).toEqual({ ...open, memberCount: 2, protectedCount: 1 });
    await setPolicy(workspace.id, {
      secondFactorRequired: true,
      signInMethods: ['passkey', 'password', 'passkey'],
    });
    await setPolicy(workspace.id, { secondFactorRequired: true, signInMethods: ['password', 'passkey'] });
    expect((await read()).result).toMatchObject({
      secondFactorRequired: true,
      signInMethods: ['passkey', 'password'],
    });
    await house.platform.settled();
    const events = await house.query<{ detail: object }>(
      "SELECT detail FROM activity_events WHERE target_id = $1 AND action = 'workspace_policy_changed'",
      [workspace.id],
    );
    expect(events).toEqual([
      {
        detail: {
          changes: {
            secondFactorRequired: { before: false, after: true },
            signInMethods: { before: null, after: 'passkey, password' },
          },
        },
      },
    ]);
  });

  it('an unknown workspace is not found', async () => {
    const params = { id: '01930000-0000-7000-8000-000000000001' };
    expect((await admin.call(workspacePolicyRead, { params })).code).toBe('not_found');
    expect((await admin.call(workspacePolicyUpdate, { params, body: open })).code).toBe('not_found');
  });
});
