import {
  adminSession,
  clientsEnd,
  logout,
  membersRemove,
  usersDelete,
  usersEndSession,
  usersEndSessions,
  usersSetStates,
  usersUpdate,
} from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  createTokenHouse,
  type TestClient,
  type TestPerson,
  type TokenHouse,
} from '../../../test/token-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createBrowserSessions } from '../browser-sessions/browser-session.ts';

/** Whatever ends a token is true of the next introspection, for every kind of token, and of nothing that it is not about. */

let house: TokenHouse;
let orders: { authorization: string };
let billing: { authorization: string };
let admin: Awaited<ReturnType<TokenHouse['administrator']>>;

beforeAll(async () => {
  house = await createTokenHouse();
  orders = bearer(await house.service('orders'));
  billing = bearer(await house.service('billing'));
  await house.letCall('orders', 'billing');
  admin = await house.administrator();
});
afterAll(() => house.close());

const accessType = 'urn:ietf:params:oauth:token-type:access_token';

/** A person with one token of each kind, all live. */
interface Held {
  readonly person: TestPerson;
  readonly workspaceId: string;
  readonly client: TestClient;
  readonly sessionId: string;
  readonly tokens: Readonly<
    Record<Kind, { readonly token: string; readonly asker: { readonly authorization: string } }>
  >;
}

const kinds = [
  'session access',
  'session refresh',
  'oauth access',
  'oauth refresh',
  'key-bound access',
  'exchanged access',
  'exchanged oauth access',
  'service access',
] as const;
type Kind = (typeof kinds)[number];

async function hold(): Promise<Held> {
  const person = await house.person();
  const { id: workspaceId } = await house.workspace({ members: [[person, 'editor']] });
  const client = await house.client('orders');
  const session = await house.signIn(person, 'orders');
  const grant = await house.grant(person, client, 'orders', { workspaceId });
  const bound = await house.grant(person, client, 'orders', {
    workspaceId,
    claims: { cnf: { jkt: 'thumb' } },
  });
  const exchange = async (subject: string): Promise<string> => {
    const form = { subject_token: subject, subject_token_type: accessType, audience: 'billing' };
    const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
    return (await house.post('/oauth/token', { grant_type: grantType, ...form }, orders)).body
      .access_token as string;
  };
  const of = (token: string, asker = orders) => ({ token, asker });
  return {
    person,
    workspaceId,
    client,
    sessionId: session.sessionId,
    tokens: {
      'session access': of(session.accessToken),
      'session refresh': of(session.refreshToken),
      'oauth access': of(grant.accessToken),
      'oauth refresh': of(grant.refreshToken, client.basic),
      'key-bound access': of(bound.accessToken),
      'exchanged access': of(await exchange(session.accessToken), billing),
      'exchanged oauth access': of(await exchange(grant.accessToken), billing),
      'service access': of(house.ownToken(client, 'orders')),
    },
  };
}

/** Which of the tokens are live now. A client that has ended can not even ask. */
async function liveKinds({ tokens }: Held): Promise<Kind[]> {
  const live: Kind[] = [];
  for (const kind of kinds) {
    const { token, asker } = tokens[kind];
    const { body } = await house.post('/oauth/introspect', { token }, asker);
    if (body.active === true) live.push(kind);
    else
      expect([
        { active: false },
        { error: 'invalid_client', error_description: expect.any(String) },
      ]).toContainEqual(body);
  }
  return live;
}

const ofSession: Kind[] = ['session access', 'session refresh', 'exchanged access'];
const ofOAuth: Kind[] = ['oauth access', 'oauth refresh', 'key-bound access', 'exchanged oauth access'];
const ofService: Kind[] = ['service access'];

async function changePassword({ person }: Held): Promise<void> {
  const { database } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  const { cookie } = await database.write(systemOrigin, (tx) =>
    sessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr: ['pwd'],
      method: 'password',
      address: null,
      userAgent: null,
    }),
  );
  const answer = await house.platform.publicListener.inject({
    method: 'POST',
    url: '/account/password',
    headers: {
      cookie: cookie.split(';')[0]!,
      origin: house.issuer,
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({
      current_password: person.password,
      password: 'violet harbour mountain 9',
      repeated: 'violet harbour mountain 9',
    }).toString(),
  });
  expect(answer.statusCode, answer.body).toBeLessThan(400);
}

const ok = (answer: { status: number; text: string }): void =>
  expect(answer.status, answer.text).toBeLessThan(300);

/** What happens, and which kinds stand afterwards. */
const endings: Record<
  string,
  { readonly end: (held: Held) => Promise<void>; readonly stands: readonly Kind[] }
> = {
  'deactivation of the person': {
    end: async ({ person }) =>
      ok(await admin.call(usersSetStates, { body: { ids: [person.id], isActive: false } })),
    stands: ofService,
  },
  'deletion of the person': {
    end: async ({ person }) => ok(await admin.call(usersDelete, { params: { id: person.id } })),
    stands: ofService,
  },
  'a changed password': { end: changePassword, stands: ofService },
  'removal from the workspace': {
    end: async ({ person, workspaceId }) =>
      ok(await admin.call(membersRemove, { params: { id: workspaceId, uid: person.id } })),
    stands: ofService,
  },
  'sign-out of the session': {
    end: async ({ tokens }) =>
      ok(await house.caller().call(logout, { body: { refreshToken: tokens['session refresh'].token } })),
    stands: [...ofOAuth, ...ofService],
  },
  'an operator who ends the session': {
    end: async ({ person, sessionId }) =>
      ok(await admin.call(usersEndSession, { params: { id: person.id, sid: sessionId } as never })),
    stands: [...ofOAuth, ...ofService],
  },
  'an operator who ends all of the person': {
    end: async ({ person }) => ok(await admin.call(usersEndSessions, { params: { id: person.id } })),
    stands: ofService,
  },
  'the end of the client': {
    end: async ({ client }) => {
      const id = await house.serviceId('orders');
      ok(await admin.call(clientsEnd, { params: { id, cid: client.id } }));
    },
    stands: ofSession,
  },
  'the end of the grants by time': {
    end: async ({ person }) => {
      await house.query(
        `UPDATE grants SET idle_expires_at = now() - interval '1 second' WHERE user_id = $1`,
        [person.id],
      );
    },
    stands: ofService,
  },
  'revocation of the refresh token': {
    end: async ({ tokens }) => {
      const { token, asker } = tokens['oauth refresh'];
      expect((await house.post('/oauth/revoke', { token }, asker)).status).toBe(200);
    },
    stands: [...ofSession, 'key-bound access', ...ofService],
  },
  'another role in the workspace: nothing ends, and the next answer says it': {
    end: async ({ person, workspaceId }) => {
      await house.query(`UPDATE members SET role = 'viewer' WHERE workspace_id = $1 AND user_id = $2`, [
        workspaceId,
        person.id,
      ]);
    },
    stands: kinds,
  },
  'the same of somebody else: nothing ends': {
    end: async () => {
      const other = await hold();
      ok(await admin.call(usersSetStates, { body: { ids: [other.person.id], isActive: false } }));
    },
    stands: kinds,
  },
};

describe('what ends which tokens, on the next call', () => {
  for (const [name, { end, stands }] of Object.entries(endings))
    it(name, async () => {
      const held = await hold();
      expect(await liveKinds(held), 'before').toEqual(kinds);
      await end(held);
      expect((await liveKinds(held)).sort()).toEqual([...stands].sort());
    });

  it('demotion: the console’s session ends, tokens of the person stand', async () => {
    const operator = await house.administrator();
    const { accessToken } = await house.signIn(operator.person, 'orders');
    ok(
      await admin.call(usersUpdate, {
        params: { id: operator.person.id },
        body: { isAdmin: false } as never,
      }),
    );
    expect((await operator.call(adminSession)).status).toBeGreaterThanOrEqual(401);
    expect((await house.post('/oauth/introspect', { token: accessToken }, orders)).body.active).toBe(true);
  });

  it('a revoked service key: nobody asks with it any more', async () => {
    const key = bearer(await house.service('shortlived'));
    const { accessToken } = await house.signIn(await house.person(), 'shortlived');
    expect((await house.post('/oauth/introspect', { token: accessToken }, key)).body.active).toBe(true);
    await house.query('UPDATE service_keys SET revoked_at = now() WHERE service_id = $1', [
      await house.serviceId('shortlived'),
    ]);
    expect((await house.post('/oauth/introspect', { token: accessToken }, key)).status).toBe(401);
  });

  it('an end that is committed is in every answer to a question asked afterwards, with many under way', async () => {
    const held = await hold();
    const { token, asker } = held.tokens['oauth access'];
    const ask = async () => (await house.post('/oauth/introspect', { token }, asker)).body.active;
    let running = true;
    const noise = Array.from({ length: 16 }, async () => {
      while (running) await ask();
    });
    ok(await admin.call(usersEndSessions, { params: { id: held.person.id } }));
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    running = false;
    await Promise.all(noise);
    expect(answers).toEqual(answers.map(() => false));
  });
});
