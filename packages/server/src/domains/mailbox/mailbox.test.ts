import { mailExport, mailList, mailRead, usersCreate, usersDelete } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type TestCaller,
  type TestPlatform,
} from '@castellan/testkit';
import Papa from 'papaparse';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** A mail server on loopback that speaks SMTP and does as told. */
async function startSmtp(
  refuse: (recipient: string, attempt: number) => string | undefined = () => undefined,
) {
  const received: { to: string; raw: string }[] = [];
  const attempts = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _session, done) {
      const attempt = (attempts.get(address) ?? 0) + 1;
      attempts.set(address, attempt);
      const refusal = refuse(address, attempt);
      const error = refusal
        ? Object.assign(new Error(refusal.slice(4)), { responseCode: Number(refusal.slice(0, 3)) })
        : null;
      done(error);
    },
    onData(stream, session, done) {
      let raw = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        raw += part;
      });
      stream.on('end', () => {
        received.push({ to: session.envelope.rcptTo[0]?.address ?? '', raw });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    attempts,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`It did not come to that: ${JSON.stringify(await read())}`);
}

const messagesTo = async (admin: TestCaller, search: string) =>
  (await admin.call(mailList, { query: { search } })).result.items;

describe('without a mail server', () => {
  let house: TestPlatform;
  let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
  beforeAll(async () => {
    house = await createTestPlatform();
    admin = await house.administrator();
  });
  afterAll(() => house.close());

  const invite = async (email: string, name = 'Grace Hopper') =>
    (await admin.call(usersCreate, { body: { email, name } })).result.id;
  const shownEvents = async () => {
    await house.platform.settled();
    return house.query<{ detail: object; target_id: string | null }>(
      `SELECT detail, target_id FROM activity_events WHERE action = 'invitation_link_shown' ORDER BY sequence`,
    );
  };

  it('holds each invitation; reading one shows its link, and that is recorded', async () => {
    const id = await invite('held@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'held@'),
      (found) => found.length === 1,
    );
    expect(message).toMatchObject({ to: 'held@example.com', state: 'held', sentAt: null });
    const stored = JSON.stringify(await house.query('SELECT * FROM mail_messages'));
    expect(stored).not.toContain('inv_');
    const { result } = await admin.call(mailRead, { params: { id: message!.id } });
    expect(result.link).toMatch(/^http:\/\/localhost:9003\/invite\/inv_/);
    expect(result.text).toContain(result.link!);
    expect(result.text).toContain('Ada Admin made an account for you');
    const page = await house.platform.publicListener.inject({ url: new URL(result.link!).pathname });
    expect(page.statusCode).toBe(200);
    expect((await shownEvents()).at(-1)).toMatchObject({ target_id: id });
    expect(
      await house.query('SELECT shown_at IS NOT NULL AS shown FROM invitations WHERE user_id = $1', [id]),
    ).toEqual([{ shown: true }]);
  });

  it('shows no link that does not work any more', async () => {
    const id = await invite('stale@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'stale@'),
      (found) => found.length === 1,
    );
    await house.query('UPDATE invitations SET used_at = now() WHERE user_id = $1', [id]);
    const { result } = await admin.call(mailRead, { params: { id: message!.id } });
    expect(result.link).toBeNull();
    expect(result.text).not.toContain('/invite/');
  });

  it('exports every open link as CSV, recorded once with how many', async () => {
    await invite('formula@example.com', '=1+1');
    await invite('export@example.com', 'Quote " and, comma');
    const before = (await shownEvents()).length;
    const answer = await admin.call(mailExport);
    expect(answer.status).toBe(200);
    const rows = Papa.parse<{ email: string; name: string; link: string }>(answer.text, {
      header: true,
      skipEmptyLines: true,
    }).data;
    expect(rows.map(({ email }) => email)).toEqual(
      expect.arrayContaining(['held@example.com', 'formula@example.com', 'export@example.com']),
    );
    expect(rows.map(({ email }) => email)).not.toContain('stale@example.com');
    expect(rows.find(({ email }) => email === 'formula@example.com')?.name).toBe("'=1+1");
    for (const { link } of rows)
      expect((await house.platform.publicListener.inject({ url: new URL(link).pathname })).statusCode).toBe(
        200,
      );
    const events = await shownEvents();
    expect(events.length).toBe(before + 1);
    expect(events.at(-1)?.detail).toEqual({ exported: rows.length });
    expect(
      await house.query(`SELECT 1 FROM invitations WHERE used_at IS NULL AND shown_at IS NULL`),
    ).toHaveLength(0);
  });

  it('walks messages by cursor, newest first', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { result } = await admin.call(mailList, {
        query: { pageSize: 2, ...(cursor ? { cursor } : {}) },
      });
      seen.push(...result.items.map(({ to }) => to));
      cursor = result.nextCursor;
    } while (cursor);
    expect(seen).toEqual([
      'export@example.com',
      'formula@example.com',
      'stale@example.com',
      'held@example.com',
    ]);
  });

  it('forgets messages of people who are deleted', async () => {
    const id = await invite('deleted@example.com');
    await until(
      () => messagesTo(admin, 'deleted@'),
      (found) => found.length === 1,
    );
    await admin.call(usersDelete, { params: { id } });
    expect(await messagesTo(admin, 'deleted@')).toEqual([]);
  });
});

describe('with a mail server', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(refuse?: Parameters<typeof startSmtp>[0]) {
    const smtp = await startSmtp(refuse);
    ends.push(smtp.close);
    const house = await createTestPlatform({
      settings: { SMTP_URL: smtp.url, MAIL_FROM: 'The House <keys@house.example>' },
    });
    ends.push(() => house.close());
    let admin = await house.administrator();
    const invite = async (email: string, name = 'Zoë 漢') =>
      (await admin.call(usersCreate, { body: { email, name } })).result.id;
    /** The operator's session does not outlast hours: who comes later signs in again. */
    const pass = async (seconds: number) => {
      house.clock.pass(seconds);
      admin = await house.administrator();
    };
    return {
      smtp,
      house,
      invite,
      pass,
      admin: { call: ((...call) => admin.call(...call)) as typeof admin.call },
    };
  }

  /** Undoes quoted-printable (RFC 2045 §6.7), as far as these messages need it. */
  const plain = (raw: string): string =>
    raw
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

  it('sends each invitation with a link that works, and shows the link to no operator', async () => {
    const { smtp, house, admin, invite } = await start();
    await invite('new@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'new@'),
      (found) => found[0]?.state === 'sent',
    );
    expect(smtp.received).toHaveLength(1);
    const { to, raw } = smtp.received[0]!;
    expect(to).toBe('new@example.com');
    expect(raw).toMatch(/^From: The House <keys@house\.example>/m);
    expect(raw).toContain(`Message-ID: <${message!.id}@house.example>`);
    const link = /http:\/\/localhost:9003(\/invite\/inv_[\w-]+)/.exec(plain(raw));
    expect((await house.platform.publicListener.inject({ url: link![1]! })).statusCode).toBe(200);
    const { result } = await admin.call(mailRead, { params: { id: message!.id } });
    expect(result.link).toBeNull();
    expect(result.text).not.toContain('/invite/');
    const exported = await admin.call(mailExport);
    expect([exported.status, exported.code]).toEqual([403, 'forbidden']);
    await house.platform.settled();
    expect(
      await house.query(`SELECT 1 FROM activity_events WHERE action = 'invitation_link_shown'`),
    ).toHaveLength(0);
  });

  it('sends the links that people ask for, in the language they asked in, unless they expired meanwhile', async () => {
    const { smtp, house } = await start((recipient, attempt) =>
      recipient.startsWith('late') && attempt === 1 ? '451 later' : undefined,
    );
    const ask = (email: string, language: string) =>
      createPageBrowser(house, language).post('/sign-in/link', { email });
    for (const [email, language] of [
      ['english@example.com', 'en'],
      ['deutsch@example.com', 'de-CH'],
      ['late@example.com', 'en'],
    ] as const) {
      await house.person({ email, name: 'Zoë 漢' });
      await ask(email, language);
    }
    await ask('stranger@example.com', 'en');
    await until(
      async () => smtp.received.length,
      (count) => count === 2,
    );
    const mailTo = (email: string) => plain(smtp.received.find(({ to }) => to === email)!.raw);
    expect(mailTo('english@example.com')).toContain('Subject: Your link to sign in');
    expect(mailTo('deutsch@example.com')).toContain('Subject: Ihr Link zum Anmelden');
    const link = /http:\/\/localhost:9003(\/sign-in\/link\/lnk_[\w-]+)/.exec(mailTo('deutsch@example.com'));
    expect((await createPageBrowser(house).post(link![1]!)).status).toBe(303);
    const lateMessage = () =>
      house.query<{ state: string; error: string | null }>(
        `SELECT state, error FROM mail_messages WHERE recipient = 'late@example.com'`,
      );
    // Its next attempt is counted from when the first one's failure was written.
    await until(lateMessage, ([message]) => message?.error != null);
    house.clock.pass(16 * 60);
    await ask('english@example.com', 'en');
    const [late] = await until(lateMessage, ([message]) => message?.state === 'failed');
    expect(late?.error).toContain('Not sent');
    expect(smtp.received.map(({ to }) => to)).not.toContain('late@example.com');
    expect(smtp.received.map(({ to }) => to)).not.toContain('stranger@example.com');
  });

  it('tries again later when the server asks for it, and gives up after six attempts', async () => {
    const { smtp, admin, invite, pass } = await start((recipient, attempt) =>
      recipient === 'never@example.com' || attempt < 3 ? '451 come back later' : undefined,
    );
    await invite('later@example.com');
    await invite('never@example.com');
    const attemptsOf = (email: string) => smtp.attempts.get(email) ?? 0;
    for (let attempt = 1; attempt <= 6; attempt++) {
      await until(
        async () => attemptsOf('never@example.com'),
        (made) => made >= attempt,
      );
      const [message] = await until(
        () => messagesTo(admin, 'never@'),
        (found) => found[0]?.error != null,
      );
      if (attempt < 6) expect(message?.state).toBe('queued');
      await pass(4 * 3600 + 10);
      // A new message wakes the sender, which looks for everything that is due.
      await invite(`wake${attempt}@example.com`);
    }
    const [never] = await until(
      () => messagesTo(admin, 'never@'),
      (found) => found[0]?.state === 'failed',
    );
    expect(never?.error).toMatch(/refused the recipient.*come back later/);
    expect((await messagesTo(admin, 'later@'))[0]?.state).toBe('sent');
    expect(attemptsOf('later@example.com')).toBe(3);
    expect(attemptsOf('never@example.com')).toBe(6);
  });

  it('gives up at once where the server says that it never will', async () => {
    const { smtp, admin, invite } = await start(() => '550 no such mailbox');
    await invite('nobody@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'nobody@'),
      (found) => found[0]?.state === 'failed',
    );
    expect(message?.error).toContain('no such mailbox');
    expect(smtp.attempts.get('nobody@example.com')).toBe(1);
  });

  it('does not send a link that was used or replaced before its turn', async () => {
    const { smtp, house, admin, invite, pass } = await start((_, attempt) =>
      attempt === 1 ? '451 later' : undefined,
    );
    const id = await invite('overtaken@example.com');
    await until(
      () => messagesTo(admin, 'overtaken@'),
      (found) => found[0]?.error != null,
    );
    await house.query('UPDATE invitations SET used_at = now() WHERE user_id = $1', [id]);
    await pass(3600);
    await invite('wake@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'overtaken@'),
      (found) => found[0]?.state === 'failed',
    );
    expect(message?.error).toContain('Not sent: the link was used');
    expect(smtp.received.map(({ to }) => to)).not.toContain('overtaken@example.com');
  });

  it('keeps messages while the server can not be reached', async () => {
    const { smtp, admin, invite } = await start();
    await smtp.close();
    await invite('waiting@example.com');
    const [message] = await until(
      () => messagesTo(admin, 'waiting@'),
      (found) => found[0]?.error != null,
    );
    expect(message).toMatchObject({ state: 'queued', error: 'The mail server could not be reached.' });
  });
});
