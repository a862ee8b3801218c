import {
  activityList,
  identityProvidersCreate,
  identityProvidersUpdate,
  usersRead,
  usersSetStates,
  usersUnlinkIdentity,
} from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type PageAnswer,
  type PageBrowser,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createBrowserSessions } from '../browser-sessions/browser-session.ts';

/** Accounts at providers are linked and unlinked by the signed-in person, and by nobody's e-mail (P1). */

const publicUrl = 'http://localhost:9003';
let house: TestPlatform;
let provider: TestOpenIdProvider;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let providerId: string;
let browser: PageBrowser;
let person: Awaited<ReturnType<TestPlatform['person']>>;
let count = 0;

beforeAll(async () => {
  provider = await startOpenIdProvider({ users: [], redirectUris: [`${publicUrl}/auth/callback/house`] });
  house = await createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.1', REGISTRATION: 'open' } });
  admin = await house.administrator();
  const { issuer, clientId, clientSecret } = provider;
  providerId = (
    await admin.call(identityProvidersCreate, {
      body: { slug: 'house', kind: 'oidc', name: 'House ID', issuer, clientId, clientSecret },
    })
  ).result.id;
});
afterAll(() => Promise.all([house.close(), provider.stop()]));
beforeEach(async () => {
  person = await house.person({ name: 'Lina Link' });
  browser = await signedInBrowser(person);
});

/** A browser that somebody is signed in with, by password. */
async function signedInBrowser(who: { id: string; name: string }): Promise<PageBrowser> {
  const { database } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  const { cookie } = await database.write(systemOrigin, (tx) =>
    sessions.begin(tx, {
      ...{ userId: who.id, name: who.name, amr: ['pwd'], method: 'password' },
      ...{ address: null, userAgent: null },
    }),
  );
  const signedIn = createPageBrowser(house);
  const [name = '', value = ''] = cookie.split(';')[0]!.split('=');
  signedIn.cookies.set(name, value);
  return signedIn;
}

function newcomer(facts: { email?: string; emailVerified?: boolean } = {}) {
  const sub = `sub-${++count}`;
  const user = { sub, email: `${sub}@elsewhere.example`, emailVerified: true, ...facts };
  provider.setUser(user);
  provider.signIn(sub);
  return user;
}

/** Where the page between the form and the provider leads. */
function awayFrom(page: PageAnswer): string {
  const address = /^0; url=(.+)$/.exec(String(page.headers.refresh))?.[1];
  if (!address) throw new Error(`no way on: ${page.status} ${page.location}`);
  return address;
}

async function link(): Promise<PageAnswer> {
  const page = await browser.post('/account/identities/link/house');
  return browser.get(await provider.visit(awayFrom(page)));
}

const identitiesOf = async (id = person.id) =>
  house.query<{ id: string; subject: string }>('SELECT id, subject FROM identities WHERE user_id = $1', [id]);
const wayOf = ({ location }: PageAnswer) => new URL(location).pathname;

describe('linking', () => {
  it('links the account there, whatever its e-mail, and from then on it opens this account', async () => {
    const { sub } = newcomer({ email: 'quite@other.example', emailVerified: false });
    const page = await browser.post('/account/identities/link/house');
    expect(page.status).toBe(200);
    // A form may lead to our own pages only, redirects included: the page leads on by a link, and by itself.
    expect(page.text).toContain('On to House ID');
    expect(page.text).toContain(`href="${awayFrom(page).replaceAll('&', '&amp;')}"`);
    const done = await browser.get(await provider.visit(awayFrom(page)));
    expect(done.location).toBe(`${publicUrl}/account/security?done=linked`);
    expect((await identitiesOf()).map(({ subject }) => subject)).toEqual([sub]);
    const elsewhere = createPageBrowser(house);
    const sent = await elsewhere.get('/auth/login/house');
    expect((await elsewhere.get(await provider.visit(sent.location))).location).toBe(`${publicUrl}/account`);
    await house.platform.settled();
    const events = (await admin.call(activityList, { query: { targetId: person.id } })).result.items;
    expect(events.map(({ action }) => action)).toContain('identity_linked');
  });

  it('is for the signed-in person, from a page of ours, shortly after a sign-in', async () => {
    const stranger = createPageBrowser(house);
    expect((await stranger.post('/account/identities/link/house')).status).not.toBe(200);
    for (const origin of ['https://evil.example', 'http://localhost:9004', 'null'])
      expect((await browser.post('/account/identities/link/house', {}, { origin })).status).toBe(403);
    house.clock.pass(601);
    const late = await browser.post('/account/identities/link/house');
    expect(wayOf(late)).toBe('/sign-in');
    expect(new URL(late.location).searchParams.get('again')).toBe('1');
    expect(await identitiesOf()).toEqual([]);
  });

  it('links to nobody when the sign-in has ended or changed in between', async () => {
    newcomer();
    const page = await browser.post('/account/identities/link/house');
    const callback = await provider.visit(awayFrom(page));
    const other = await house.person();
    const session = (await signedInBrowser(other)).cookies.get('castellan_session')!;
    browser.cookies.set('castellan_session', session);
    expect(wayOf(await browser.get(callback))).toBe('/auth/problem/link_other_person');
    expect(await identitiesOf()).toEqual([]);
    expect(await identitiesOf(other.id)).toEqual([]);
    const again = await browser.post('/account/identities/link/house');
    const second = await provider.visit(awayFrom(again));
    browser.cookies.delete('castellan_session');
    expect(wayOf(await browser.get(second))).toBe('/auth/problem/link_other_person');
  });

  it('an account that opens another one here is not taken from it', async () => {
    newcomer();
    await link();
    const other = await house.person();
    browser = await signedInBrowser(other);
    const refused = await link();
    expect(wayOf(refused)).toBe('/auth/problem/linked_elsewhere');
    const page = await browser.get(refused.location);
    expect(page.text).toContain('href="/account/security"');
    expect(await identitiesOf(other.id)).toEqual([]);
    expect(await identitiesOf()).toHaveLength(1);
  });

  it('done twice it is done', async () => {
    newcomer();
    await link();
    expect((await link()).location).toContain('done=linked');
    expect(await identitiesOf()).toHaveLength(1);
  });
});

describe('unlinking', () => {
  const unlink = async (id: string) => browser.post(`/account/identities/${id}/unlink`);

  it('takes the way in away at once; the account itself stays', async () => {
    newcomer();
    await link();
    const [identity] = await identitiesOf();
    expect((await unlink(identity!.id)).location).toBe(`${publicUrl}/account/security?done=unlinked`);
    expect(await identitiesOf()).toEqual([]);
    const elsewhere = createPageBrowser(house);
    const sent = await elsewhere.get('/auth/login/house');
    await elsewhere.get(await provider.visit(sent.location));
    const [owner] = await house.query<{ user_id: string }>(
      'SELECT user_id FROM identities WHERE subject = $1',
      [identity!.subject],
    );
    expect(owner?.user_id).not.toBe(person.id);
  });

  it('is for one’s own links only; the last way in stays', async () => {
    const { email } = newcomer();
    const first = createPageBrowser(house);
    await first.get(await provider.visit((await first.get('/auth/login/house')).location));
    const [made] = await house.query<{ id: string; name: string }>(
      'SELECT id, name FROM users WHERE email = $1',
      [email],
    );
    // The clock of the house is ahead of the provider's by now: that they came from there just now is not taken.
    const owner = await signedInBrowser(made!);
    const [identity] = await identitiesOf(made!.id);
    expect((await unlink(identity!.id)).status).toBe(404);
    const refused = await owner.post(`/account/identities/${identity!.id}/unlink`);
    expect(wayOf(refused)).toBe('/auth/problem/last_way_in');
    expect(await identitiesOf(made!.id)).toHaveLength(1);
  });

  it('a second link at a disabled provider is no way in', async () => {
    newcomer();
    await link();
    newcomer();
    await link();
    await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [person.id]);
    const update = (enabled: boolean) =>
      admin.call(identityProvidersUpdate, { params: { id: providerId }, body: { enabled } });
    await update(false);
    const [first] = await identitiesOf();
    expect(wayOf(await unlink(first!.id))).toBe('/auth/problem/last_way_in');
    await update(true);
    expect((await unlink(first!.id)).location).toContain('done=unlinked');
  });
});

describe('operators', () => {
  it('see a person’s linked accounts, and can take one away', async () => {
    const { sub, email } = newcomer();
    await link();
    const elsewhere = createPageBrowser(house);
    await elsewhere.get(await provider.visit((await elsewhere.get('/auth/login/house')).location));
    const read = async () => (await admin.call(usersRead, { params: { id: person.id } })).result.identities;
    expect(await read()).toMatchObject([
      { provider: 'password', id: null },
      { provider: 'house', providerName: 'House ID', subject: sub, email, lastUsedAt: expect.any(Date) },
    ]);
    const { id: sid } = (await read())[1]!;
    const unlinkAs = () => admin.call(usersUnlinkIdentity, { params: { id: person.id, sid: sid! } });
    expect((await unlinkAs()).status).toBe(204);
    expect((await unlinkAs()).code).toBe('not_found');
    expect(await read()).toHaveLength(1);
  });

  it('who is activated again and has a linked account is active, not invited', async () => {
    const { email } = newcomer();
    const owner = createPageBrowser(house);
    await owner.get(await provider.visit((await owner.get('/auth/login/house')).location));
    const [made] = await house.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email]);
    const set = (isActive: boolean) => admin.call(usersSetStates, { body: { ids: [made!.id], isActive } });
    await set(false);
    await set(true);
    expect(await house.query('SELECT state FROM users WHERE id = $1', [made!.id])).toEqual([
      { state: 'active' },
    ]);
  });
});
