import { mailList, mailRead } from '@castellan/contract';
import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askedAt, askForLink } from '../../../test/ask-for-link.ts';
import type { AccountLinkKind } from '../../platform/database/schema.ts';
import { sweepLinks } from './link-store.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform({ settings: { REGISTRATION: 'open' } });
});
afterAll(() => house.close());
// Limits on mail from one address are tested by themselves.
beforeEach(() => house.query('DELETE FROM rate_limits'));

const own = (path: string): string => `${house.settings.PUBLIC_URL}${path}`;
const askFor = (...[kind, email, options]: [AccountLinkKind, string, Parameters<typeof askForLink>[3]?]) =>
  askForLink(house, kind, email, options);

const userOf = async (id: string) =>
  (
    await house.query<{ email_verified_at: Date | null; password_hash: string }>(
      'SELECT email_verified_at, password_hash FROM users WHERE id = $1',
      [id],
    )
  )[0]!;

describe('P2 a link by e-mail signs in', () => {
  it('shows what it does, uses nothing by being opened, and signs in by its button', async () => {
    const person = await house.person({ name: 'Grace Hopper' });
    const { browser, path, mailKind } = await askFor('sign_in', person.email, { returnTo: '/account/apps' });
    expect(mailKind).toBe('sign_in_link');
    // A mail scanner opens every link, some more than once.
    for (let scans = 0; scans < 5; scans++) {
      const opened = await createPageBrowser(house).get(path);
      expect(opened.status).toBe(200);
      expect(opened.headers['referrer-policy']).toBe('strict-origin');
      expect(opened.text).toContain('asked for in another browser');
      expect(opened.text).not.toContain('lnk_');
    }
    const opened = await browser.get(path);
    expect(opened.text).toContain(person.email);
    expect(opened.text).not.toContain('another browser');
    expect((await browser.post(path, {}, { origin: 'https://evil.example' })).status).toBe(403);
    const signedIn = await browser.post(path);
    expect([signedIn.status, signedIn.location]).toEqual([303, own('/account/apps')]);
    expect(browser.cookies.get('castellan_session')).toMatch(/^cbs_/);
    expect((await userOf(person.id)).email_verified_at).not.toBeNull();
    const [session] = await house.query(
      `SELECT amr, sign_in_method FROM grants WHERE user_id = $1 AND kind = 'browser_session'`,
      [person.id],
    );
    expect(session).toEqual({ amr: ['mca'], sign_in_method: 'email_link' });
  });

  it('opened elsewhere it leads to the own pages: only the browser that asked can go on there', async () => {
    const person = await house.person();
    const { path } = await askFor('sign_in', person.email, { returnTo: '/interaction/abc' });
    const phone = createPageBrowser(house);
    expect((await phone.post(path)).location).toBe(own('/account'));
  });

  it('works once: of 100 at the same moment, one signs in', async () => {
    const person = await house.person();
    const { path } = await askFor('sign_in', person.email);
    const answers = await Promise.all(Array.from({ length: 100 }, () => createPageBrowser(house).post(path)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 410)).toHaveLength(99);
    expect((await createPageBrowser(house).get(path)).text).toContain('This link was used before');
    expect(
      await house.query(`SELECT 1 FROM grants WHERE user_id = $1 AND ended_at IS NULL`, [person.id]),
    ).toHaveLength(1);
  });

  it('ends with its time, and with the use of another one', async () => {
    const person = await house.person();
    const { path: first } = await askFor('sign_in', person.email);
    const { path: second } = await askFor('sign_in', person.email);
    expect(first).not.toBe(second);
    expect((await createPageBrowser(house).post(second)).status).toBe(303);
    const replaced = await createPageBrowser(house).post(first);
    expect([replaced.status, replaced.text.includes('This link was replaced')]).toEqual([410, true]);
    const { path: late } = await askFor('sign_in', person.email);
    await house.query(`UPDATE account_links SET expires_at = now() WHERE email = $1`, [person.email]);
    const expired = await createPageBrowser(house).post(late);
    expect([expired.status, expired.text.includes('This link has expired')]).toEqual([410, true]);
  });

  it('does not open an account that was deactivated meanwhile', async () => {
    const person = await house.person();
    const { path } = await askFor('sign_in', person.email);
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    for (const answer of [
      await createPageBrowser(house).get(path),
      await createPageBrowser(house).post(path),
    ])
      expect([answer.status, answer.text.includes('This account is deactivated')]).toEqual([410, true]);
  });

  it('what is no link is told so', async () => {
    const { path } = await askFor('sign_in', (await house.person()).email);
    for (const wrong of [
      path.slice(0, -1),
      `${path}x`,
      '/sign-in/link/nonsense',
      '/reset/nonsense',
      '/register/x',
    ])
      for (const answer of [
        await createPageBrowser(house).get(wrong),
        await createPageBrowser(house).post(wrong),
      ])
        expect([answer.status, answer.text.includes('not complete')]).toEqual([404, true]);
    // A link of one kind is none of another.
    expect((await createPageBrowser(house).get(path.replace('/sign-in/link/', '/reset/'))).status).toBe(404);
  });

  it('an operator who was shown the link takes its proof of the mailbox', async () => {
    const person = await house.person();
    const { path } = await askFor('sign_in', person.email);
    const admin = await house.administrator();
    const { items } = (await admin.call(mailList, { query: { search: person.email } })).result;
    expect(items[0]).toMatchObject({ kind: 'sign_in_link', subject: 'Your link to sign in' });
    const { result } = await admin.call(mailRead, { params: { id: items[0]!.id } });
    expect(result.link).toBe(own(path));
    expect(result.text).toContain(own(path));
    await house.platform.settled();
    expect(
      await house.query(
        `SELECT 1 FROM activity_events WHERE action = 'invitation_link_shown' AND target_id = $1`,
        [person.id],
      ),
    ).toHaveLength(1);
    expect((await createPageBrowser(house).post(path)).status).toBe(303);
    expect((await userOf(person.id)).email_verified_at).toBeNull();
    // Used up: nothing to show any more.
    expect((await admin.call(mailRead, { params: { id: items[0]!.id } })).result.link).toBeNull();
  });
});

describe('nobody learns who has an account (enumeration)', () => {
  it.each(['sign_in', 'reset_password', 'register'] as const)(
    '%s: the same answer, the same rows, mail only to who is there',
    async (kind) => {
      const person = await house.person();
      const invited = `${crypto.randomUUID()}@example.com`;
      await house.query(
        `INSERT INTO users (id, email, name, state, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'I', 'invited', now(), now())`,
        [invited],
      );
      const stranger = `${crypto.randomUUID()}@example.com`;
      const answers = [];
      for (const email of [person.email, invited, stranger]) {
        const browser = createPageBrowser(house);
        const { status, location, headers } = await browser.post(askedAt[kind], { email });
        const page = await browser.get(location);
        answers.push({ status, location, names: Object.keys(headers).sort(), text: page.text });
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      expect(answers[0]!.text).not.toContain('example.com');
      await house.platform.settled();
      const mailed = await house.query<{ recipient: string; kind: string }>(
        'SELECT recipient, kind FROM mail_messages WHERE recipient = ANY ($1) ORDER BY recipient = $2 DESC',
        [[person.email, invited, stranger], person.email],
      );
      expect(mailed).toEqual(
        {
          sign_in: [{ recipient: person.email, kind: 'sign_in_link' }],
          reset_password: [{ recipient: person.email, kind: 'password_reset' }],
          register: [
            { recipient: person.email, kind: 'account_exists' },
            { recipient: stranger, kind: 'registration' },
          ],
        }[kind],
      );
    },
  );

  it('the time of an answer tells nothing: medians of known and unknown differ by less than their spread', async () => {
    const person = await house.person();
    const ask = async (email: string): Promise<number> => {
      await house.query('DELETE FROM rate_limits');
      const began = performance.now();
      await createPageBrowser(house).post('/sign-in/link', { email });
      return performance.now() - began;
    };
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < 40; round++) {
      // Alternated, so that whatever else the machine does falls on both.
      times[0].push(await ask(person.email));
      times[1].push(await ask(`${crypto.randomUUID()}@example.com`));
    }
    const [known, unknown] = times.map((list) => list.toSorted((left, right) => left - right)) as [
      number[],
      number[],
    ];
    const at = (list: number[], share: number): number => list[Math.floor(list.length * share)]!;
    const spread = Math.max(at(known, 0.9) - at(known, 0.1), at(unknown, 0.9) - at(unknown, 0.1));
    expect(Math.abs(at(known, 0.5) - at(unknown, 0.5))).toBeLessThan(spread);
  });

  it('a stranger’s words are in no mail: only the link, the address it was asked from and our own', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    await createPageBrowser(house).post('/register', { email, name: 'Buy pills at evil.example' });
    await house.platform.settled();
    const [mail] = await house.query<{ facts: object }>(
      'SELECT facts FROM mail_messages WHERE recipient = $1',
      [email],
    );
    expect(JSON.stringify(mail)).not.toContain('pills');
  });
});

describe('mail that anybody can ask for is limited', () => {
  it('five to one mailbox; then the same answer and no more mail, and what was sent still works', async () => {
    const person = await house.person();
    let path = '';
    for (let tries = 0; tries < 9; tries++) ({ path } = await askFor('sign_in', person.email));
    expect(
      await house.query('SELECT 1 FROM mail_messages WHERE recipient = $1', [person.email]),
    ).toHaveLength(5);
    expect((await createPageBrowser(house).post(path)).status).toBe(303);
  });

  it('thirty from one address; then 429 with the time to wait, for whatever mailbox', async () => {
    const ask = () =>
      createPageBrowser(house).post('/reset', { email: `${crypto.randomUUID()}@example.com` });
    for (let tries = 0; tries < 30; tries++) expect((await ask()).status).toBe(303);
    const limited = await ask();
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(limited.text).toContain('Too many tries');
  });
});

it('what nobody will use any more is removed: of strangers after a day, of people with their mail', async () => {
  const person = await house.person();
  const stranger = `${crypto.randomUUID()}@example.com`;
  for (const email of [person.email, stranger]) await askFor('sign_in', email);
  const left = async (): Promise<string[]> =>
    (
      await house.query<{ email: string }>('SELECT email FROM account_links WHERE email = ANY ($1)', [
        [person.email, stranger],
      ])
    ).map(({ email }) => email);
  const { db } = house.platform.database;
  const inDays = (days: number): Date => new Date(Date.now() + days * 24 * 3600 * 1000);
  await sweepLinks(db, inDays(0.9));
  expect((await left()).length).toBe(2);
  await sweepLinks(db, inDays(1.1));
  expect(await left()).toEqual([person.email]);
  await sweepLinks(db, inDays(30.1));
  expect(await left()).toEqual([]);
  expect(await house.query('SELECT 1 FROM mail_messages WHERE recipient = $1', [person.email])).toEqual([]);
});
