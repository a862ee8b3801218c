import { request as httpRequest } from 'node:http';
import {
  type ImportJob,
  importExecute,
  importPreview,
  importRead,
  importRows,
  importsList,
  importTemplate,
  usersCreate,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const header = 'email,name,workspace_slug,role';
const preview = (file: string | Buffer) =>
  admin.call(importPreview, { rawBody: file, query: { fileName: 'people.csv' } });
const execute = (jobId: string) => admin.call(importExecute, { body: { jobId } });

async function finished(jobId: string): Promise<ImportJob> {
  for (let tries = 0; tries < 200; tries++) {
    const { result } = await admin.call(importRead, { params: { id: jobId } });
    if (result.state === 'finished') return result;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('The import did not finish.');
}

async function eventsOf(email: string) {
  await house.platform.settled();
  return house.query<{ action: string; detail: object; workspace_name: string | null; actors: object[] }>(
    `SELECT e.action, e.detail, e.workspace_name, e.actors FROM activity_events e JOIN users u ON u.id = e.target_id
     WHERE u.email = $1 ORDER BY e.sequence`,
    [email],
  );
}

describe('preview', () => {
  it('checks every row and creates nobody', async () => {
    const member = await house.person({ email: 'in@acme.example' });
    const outsider = await house.person({ email: 'out@acme.example' });
    const acme = await house.workspace({ members: [[member, 'viewer']] });
    const before = await house.query('SELECT id FROM users');
    const rows: [string, ...string[]][] = [
      [`new@acme.example,New Person,${acme.slug},editor`],
      [`NEW@acme.example,Again,${acme.slug},viewer`, 'duplicate_in_file'],
      ['new@acme.example,Account only,,'],
      [`${member.email},Member,${acme.slug},viewer`, 'already_exists'],
      [`${outsider.email},Outsider,${acme.slug},viewer`],
      [`${outsider.email},No workspace,,`, 'already_exists'],
      [`nowhere@acme.example,Nowhere,no-such-place,viewer`, 'workspace_unknown'],
      [`king@acme.example,King,${acme.slug},king`, 'role_invalid'],
      [`,Nobody,${acme.slug},viewer`, 'email_missing'],
      [`bad address,Bad,${acme.slug},viewer`, 'email_invalid'],
      [`short@acme.example`, 'columns_wrong'],
      // Every fault of a row is named, so that a file is mended once.
      [
        `also bad,${'x'.repeat(121)},no-such-place,king`,
        ...['email_invalid', 'name_invalid', 'role_invalid', 'workspace_unknown'],
      ],
      [`${member.email},Member,${acme.slug},king`, 'role_invalid', 'already_exists'],
      [`new@acme.example,Again,${acme.slug},king`, 'role_invalid', 'duplicate_in_file'],
      [',Nobody,no-such-place,king', 'email_missing', 'role_invalid', 'workspace_unknown'],
      ['short@acme.example,Short,no-such-place,viewer,more', 'columns_wrong'],
      // Repeats only a row that is skipped.
      [`king@acme.example,King,${acme.slug},viewer`],
    ];
    const { status, result } = await preview([header, ...rows.map(([row]) => row)].join('\r\n'));
    expect(status).toBe(201);
    expect(result.sample.map((row) => row.problems)).toEqual(rows.map(([, ...problems]) => problems));
    expect(result.sample.map((row) => row.line)).toEqual(rows.map((_, index) => index + 2));
    expect(result.problems.map((row) => row.problems)).toEqual(
      rows.map(([, ...problems]) => problems).filter(({ length }) => length > 0),
    );
    expect(result.job).toMatchObject({
      state: 'previewed',
      fileName: 'people.csv',
      totalRows: 17,
      validRows: 4,
      problemRows: 13,
    });
    expect(await house.query('SELECT id FROM users')).toHaveLength(before.length);
  });

  it('leaves nothing behind of a file that can not be read', async () => {
    const before = await house.query('SELECT id FROM import_jobs');
    const good = `${header}\n${'a@x.org,,,\n'.repeat(5000)}`;
    const answer = await preview(Buffer.concat([Buffer.from(good), Buffer.from([0xff, 0xfe, 0xfd])]));
    expect([answer.status, answer.code]).toEqual([422, 'csv_unreadable']);
    expect((await preview(header)).code).toBe('csv_unreadable');
    expect(await house.query('SELECT id FROM import_jobs')).toHaveLength(before.length);
  });

  it('refuses what is not sent as CSV', async () => {
    const answer = await admin.call(importPreview, {
      rawBody: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, answer.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('answers 413 to more than 50 MB over a real connection, and the connection survives to say it', async () => {
    const address = await house.platform.adminListener.listen({ port: 0, host: '127.0.0.1' });
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const sending = httpRequest(
        `${address}/admin/import/csv/preview`,
        {
          method: 'POST',
          headers: {
            cookie: admin.cookie,
            origin: house.settings.ADMIN_URL,
            'x-requested-with': 'castellan',
            'content-type': 'text/csv',
          },
        },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (part) => {
            body += part;
          });
          response.on('end', () => resolve({ status: response.statusCode, body }));
        },
      );
      sending.on('error', reject);
      sending.write(`${header}\n`);
      // Long blank lines: only the size matters here.
      const piece = `${' '.repeat(99_999)}\n`.repeat(10);
      for (let sent = 0; sent < 53; sent++) sending.write(piece);
      sending.end();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'payload_too_large' });
  }, 60_000);
});

describe('execute', () => {
  it('creates what single creation creates, with the same events by who started it', async () => {
    const acme = await house.workspace({ name: 'Acme & Sons' });
    const { result } = await preview(
      `${header}\ntwin@import.example,Twin,${acme.slug},editor\nbad,,,\nalone@import.example,,,`,
    );
    const answer = await execute(result.job.id);
    expect(answer.status).toBe(202);
    expect(answer.result.state).toBe('running');
    expect(await finished(result.job.id)).toMatchObject({
      processedRows: 3,
      createdUsers: 2,
      addedMembers: 1,
      problemRows: 1,
    });
    const twin = await admin.call(usersCreate, {
      body: { email: 'single@import.example', name: 'Twin', workspaceId: acme.id, role: 'editor' },
    });
    expect(twin.status).toBe(201);
    // Ids and addresses differ; everything else is what one by one gives.
    const comparable = (events: Awaited<ReturnType<typeof eventsOf>>) =>
      JSON.parse(
        JSON.stringify(events)
          .replaceAll(/(single|twin)@import/g, 'x@import')
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id'),
      );
    expect(comparable(await eventsOf('twin@import.example'))).toEqual(
      comparable(await eventsOf('single@import.example')),
    );
    expect((await eventsOf('alone@import.example')).map(({ action }) => action)).toEqual(['user_created']);
    const [alone] = await house.query<{ name: string; state: string }>(
      `SELECT name, state FROM users WHERE email = 'alone@import.example'`,
    );
    expect(alone).toEqual({ name: 'alone', state: 'invited' });
    const { result: rows } = await admin.call(importRows, { params: { id: result.job.id } });
    expect(rows.items.map((row) => row.outcome)).toEqual(['created', 'skipped', 'created']);
  });

  it('adds people who exist to a workspace, without a new account or link', async () => {
    const person = await house.person({ email: 'known@import.example', name: 'Known Person' });
    const [one, other] = [await house.workspace(), await house.workspace()];
    const { result } = await preview(
      `${header}\nknown@import.example,Other Name,${one.slug},admin\nfresh@import.example,Fresh,${one.slug},\nfresh@import.example,Fresh,${other.slug},owner`,
    );
    await execute(result.job.id);
    expect(await finished(result.job.id)).toMatchObject({ createdUsers: 1, addedMembers: 3 });
    const { result: rows } = await admin.call(importRows, { params: { id: result.job.id } });
    expect(rows.items.map((row) => row.outcome)).toEqual(['added', 'created', 'added']);
    expect(await house.query('SELECT name FROM users WHERE id = $1', [person.id])).toEqual([
      { name: 'Known Person' },
    ]);
    expect(await house.query('SELECT id FROM invitations WHERE user_id = $1', [person.id])).toHaveLength(0);
  });

  it('takes people whom someone else made since the preview as they are, and skips a workspace that is gone', async () => {
    const gone = await house.workspace();
    const stays = await house.workspace();
    const { result } = await preview(
      `${header}\nraced@import.example,Raced,${stays.slug},\nlost@import.example,Lost,${gone.slug},\nonly@import.example,,,`,
    );
    await admin.call(usersCreate, { body: { email: 'raced@import.example', name: 'Came First' } });
    await admin.call(usersCreate, { body: { email: 'only@import.example', name: 'Came First' } });
    await house.query('DELETE FROM workspaces WHERE id = $1', [gone.id]);
    await execute(result.job.id);
    expect(await finished(result.job.id)).toMatchObject({ createdUsers: 0, addedMembers: 1 });
    const { result: rows } = await admin.call(importRows, { params: { id: result.job.id } });
    expect(rows.items.map((row) => row.outcome)).toEqual(['added', 'skipped', 'skipped']);
    expect(await house.query(`SELECT id FROM users WHERE email = 'lost@import.example'`)).toHaveLength(0);
  });

  it('runs a job once, whoever else starts it at the same moment', async () => {
    const { result } = await preview(`${header}\nonce@import.example,Once,,`);
    const answers = await Promise.all([
      execute(result.job.id),
      execute(result.job.id),
      execute(result.job.id),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409, 409]);
    expect(answers.find((answer) => answer.status === 409)?.code).toBe('import_state');
    await finished(result.job.id);
    expect((await execute(result.job.id)).code).toBe('import_state');
    expect((await eventsOf('once@import.example')).map(({ action }) => action)).toEqual(['user_created']);
  });
});

describe('reports', () => {
  it('lists imports newest first and walks rows by cursor, all or only those with a problem', async () => {
    const file = [
      header,
      ...Array.from({ length: 25 }, (_, n) => (n % 5 ? `r${n}@list.example,,,` : 'bad,,,')),
    ];
    const { result } = await preview(file.join('\n'));
    const { result: list } = await admin.call(importsList, { query: { pageSize: 2 } });
    expect(list.items[0]?.id).toBe(result.job.id);
    expect(list.nextCursor).toBeDefined();
    const { result: behind } = await admin.call(importsList, {
      query: { pageSize: 2, ...(list.nextCursor ? { cursor: list.nextCursor } : {}) },
    });
    expect(behind.items.map(({ id }) => id)).not.toContain(list.items[1]?.id);
    const lines: number[] = [];
    let cursor: string | undefined;
    do {
      const { result: page } = await admin.call(importRows, {
        params: { id: result.job.id },
        query: { pageSize: 2, onlyProblems: true, ...(cursor ? { cursor } : {}) },
      });
      if (!cursor) expect(page.total).toBe(5);
      lines.push(...page.items.map((row) => row.line));
      cursor = page.nextCursor;
    } while (cursor);
    expect(lines).toEqual([2, 7, 12, 17, 22]);
  });

  it('gives a template that previews without a problem', async () => {
    const template = await admin.call(importTemplate);
    expect(template.headers['content-type']).toContain('text/csv');
    const { result } = await preview(template.text);
    expect(result.job).toMatchObject({ totalRows: 1, problemRows: 0 });
  });
});
