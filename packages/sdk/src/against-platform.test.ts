import { login, type SignedIn } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform, touched } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Castellan, type Clock, createCastellan, requireWorkspaceRole } from './index.ts';

let house: TestPlatform;
let castellan: Castellan;
let issuer: string;
let serviceKey: string;
const clock: Clock = {
  now: () => house.clock.now().getTime(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  house = await createTestPlatform({ settings: { PUBLIC_URL: issuer } });
  await house.platform.publicListener.listen({ host: '127.0.0.1', port });
  serviceKey = await house.service('orders');
  await house.service('billing');
  castellan = createCastellan({
    issuer,
    service: 'orders',
    serviceKey,
    clock,
  });
});
afterAll(() => house.close());

async function signIn(role: string, service = 'orders') {
  const person = await house.person({ name: 'Grace Hopper' });
  const workspace = await house.workspace({ members: [[person, role]] });
  const { email, password } = person;
  const answer = await house.caller().call(login, { body: { email, password, service } });
  const { accessToken }: SignedIn = answer.result;
  return { person, workspace, request: { headers: { authorization: `Bearer ${accessToken}` } }, accessToken };
}

describe('the SDK against the platform itself', () => {
  test('reads the same identity from the token that the platform confirms', async () => {
    const { person, workspace, request, accessToken } = await signIn('editor');
    const verified = await castellan.verify(accessToken);
    const outcome = await castellan.authenticate(request);
    if (!verified.ok || !outcome.ok) throw new Error('both say yes');
    expect(verified.identity).toMatchObject({
      userId: person.id,
      workspaceId: workspace.id,
      hints: { workspaceRole: 'editor' },
    });
    expect(outcome.principal).toMatchObject({
      userId: person.id,
      email: person.email,
      name: 'Grace Hopper',
      sessionId: verified.identity.sessionId,
      workspaceId: workspace.id,
      workspaceSlug: workspace.slug,
      workspaceRole: 'editor',
    });
  });

  test('each change counts from the next call on: role, membership, session, account', async () => {
    const changes = [
      [`UPDATE members SET role = 'viewer' WHERE user_id = $1`, 403, 'forbidden'],
      ['DELETE FROM members WHERE user_id = $1', 403, 'not_member'],
      [`UPDATE users SET state = 'deactivated' WHERE id = $1`, 403, 'account_deactivated'],
    ] as const;
    for (const [change, status, code] of changes) {
      const { person, request } = await signIn('editor');
      const ask = () => castellan.protect(request, requireWorkspaceRole('editor'));
      expect(await ask()).toMatchObject({ ok: true });
      await house.query(change, [person.id]);
      expect(await ask()).toMatchObject({ ok: false, status, code });
    }
  });

  test('a token of another service is nobody’s here', async () => {
    const { request } = await signIn('owner', 'billing');
    expect(await castellan.authenticate(request)).toMatchObject({ status: 401, code: 'token_invalid' });
  });

  test('a token expires for both at the same time', async () => {
    const { request, accessToken } = await signIn('owner');
    house.clock.pass(15 * 60 + 90);
    expect(await castellan.verify(accessToken)).toMatchObject({ status: 401, code: 'token_expired' });
    expect(await castellan.authenticate(request)).toMatchObject({ status: 401, code: 'token_expired' });
  });

  test('a wrong service key is 503 for callers, and is named for the operator', async () => {
    const wrong = createCastellan({
      issuer,
      service: 'orders',
      serviceKey: touched(serviceKey),
      clock,
    });
    const { request } = await signIn('owner');
    expect(await wrong.authenticate(request)).toMatchObject({
      ok: false,
      status: 503,
      cause: { code: 'service_key_refused' },
    });
  });

  test('a hundred people at once are each told who they are, in a few requests', async () => {
    const signedIn = await Promise.all(Array.from({ length: 12 }, () => signIn('viewer')));
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => castellan.authenticate(signedIn[index % 12]!.request)),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.principal.userId : outcome.code))).toEqual(
      outcomes.map((_, index) => signedIn[index % 12]!.person.id),
    );
  });
});
