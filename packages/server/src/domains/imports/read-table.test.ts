import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../platform/refusal.ts';
import { checkRow } from './check-row.ts';
import { decodeText } from './decode-text.ts';
import { readTable, type TableRow } from './read-table.ts';

/** Hands bytes on in pieces of the given size, as a network does. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(file: Buffer | string, pieceBytes = 1024) {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const { header, rows } = await readTable(decodeText(pieces(bytes, pieceBytes)));
  const all: TableRow[] = [];
  for await (const slice of rows) all.push(...slice);
  return { header, rows: all };
}

async function refusalOf(file: Buffer | string): Promise<Refusal> {
  const error = await read(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
}

const header = 'email,name,workspace_slug,role';
const emails = async (file: Buffer | string) => {
  const table = await read(file);
  return table.rows.map((row) => checkRow(table.header, row).email);
};

/** Text that a cell may hold, rich in what CSV has to quote. Line ends are compared as the reader gives them. */
const cell = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', ',', ';', '\t', '\n', '\r\n', ' ', "'", '=', 'é', '漢', '😀'),
    fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' }).filter((text) => !/[\0\r]/.test(text)),
  ),
  maxLength: 12,
});
const asRead = (text: string): string => text.replace(/\r\n?/g, '\n');

describe('a table is read as it was written (RFC 4180)', () => {
  it('whatever its cells hold, however it is delimited, quoted, encoded and cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.constantFrom('utf8', 'utf8 with mark', 'utf16le'),
        fc.integer({ min: 1, max: 64 }),
        async (rows, delimiter, newline, quotes, encoding, pieceBytes) => {
          const text = Papa.unparse([header.split(','), ...rows], { delimiter, newline, quotes });
          const bytes =
            encoding === 'utf16le'
              ? Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
              : Buffer.from(encoding === 'utf8' ? text : `\uFEFF${text}`);
          const table = await read(bytes, pieceBytes);
          const written = rows
            .map((row) => row.map(asRead))
            .filter((row) => row.some((value) => value.trim() !== ''));
          expect(table.rows.map((row) => row.cells)).toEqual(written);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('with the line of the file at which each row begins', async () => {
    const { rows } = await read(`\n${header}\na@x.org,"two\nlines",,\r\n\r\n,,,\nb@x.org,"",,\rc@x.org,,,`);
    expect(rows.map(({ line, cells }) => [line, cells[0]])).toEqual([
      [3, 'a@x.org'],
      [7, 'b@x.org'],
      [8, 'c@x.org'],
    ]);
  });

  it('with columns in any order and case, beside others', async () => {
    const { header: found, rows } = await read(
      ' Role ;E-MAIL2;"NAME";Workspace Slug;Email\nadmin;x;Ada;acme;ada@x.org',
    );
    expect(checkRow(found, rows[0]!)).toMatchObject({
      email: 'ada@x.org',
      name: 'Ada',
      workspaceSlug: 'acme',
      role: 'admin',
      problems: [],
    });
  });

  it('from a file without a line end, and with mixed ones', async () => {
    expect(await emails(`${header}\r\na@x.org,,,\nb@x.org,,,\rc@x.org,,,\r\nd@x.org,,,`)).toEqual([
      'a@x.org',
      'b@x.org',
      'c@x.org',
      'd@x.org',
    ]);
  });

  it('from UTF-16 of either byte order, where a mark says so', async () => {
    const little = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`${header}\né@x.org,,,`, 'utf16le'),
    ]);
    const big = Buffer.from(little);
    big.swap16();
    for (const file of [little, big]) expect(await emails(file)).toEqual(['é@x.org']);
  });
});

describe('what can not be read is refused, with what to mend', () => {
  const cases: Record<string, [Buffer | string, RegExp]> = {
    'bytes that are no UTF-8': [Buffer.from(`${header}\na@x.org,M\xfcller,,`, 'latin1'), /CSV UTF-8/],
    'UTF-16 without a mark': [Buffer.from(`${header}\na@x.org,,,`, 'utf16le'), /NUL/],
    'a spreadsheet file': [Buffer.from('PK\x03\x04rest of a zip'), /export it as CSV/],
    'an empty file': ['', /lacks email, name, workspace_slug, role/],
    'a missing column': ['email,name,role\na@x.org,A,viewer', /lacks workspace_slug/],
    'a column named twice': [`${header},Email\na@x.org,,,,`, /names email twice/],
    'a quote that is never closed': [`${header}\na@x.org,"A,,\nb@x.org,B,,`, /line 2 is never closed/],
    'a quote in the middle of a quoted field': [`${header}\na@x.org,,,\nb@x.org,"B" C,,`, /line 3/],
  };
  for (const [name, [file, words]] of Object.entries(cases))
    it(name, async () => {
      const refusal = await refusalOf(file);
      expect(refusal.code).toBe('csv_unreadable');
      expect(refusal.detail).toMatch(words);
    });

  it('a quote that would take in the rest of 40 MB, before it has', async () => {
    const started = performance.now();
    const refusal = await refusalOf(`${header}\na@x.org,"${'x,y\n'.repeat(10_000_000)}`);
    expect(refusal.detail).toMatch(/line 2 is never closed/);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('more than 50 MB, while it arrives', async () => {
    let served = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${header}\n`);
      const piece = Buffer.from('a@x.org,,,\n'.repeat(50_000));
      for (;;) {
        served += piece.length;
        yield piece;
      }
    }
    const { rows } = await readTable(decodeText(endless()));
    const drain = async () => {
      for await (const _ of rows);
    };
    await expect(drain()).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(served).toBeLessThan(52 * 1024 * 1024);
  });
});

describe('each row is checked by itself', () => {
  const table = { width: 4, indexes: { email: 0, name: 1, workspace_slug: 2, role: 3 } };
  const check = (...cells: string[]) => checkRow(table, { line: 2, cells });

  it('names its problem', () => {
    const problems = {
      email_missing: ['', 'Ada', 'acme', 'viewer'],
      email_invalid: ['not an address', 'Ada', 'acme', 'viewer'],
      name_invalid: ['ada@x.org', 'A\nB', 'acme', 'viewer'],
      role_invalid: ['ada@x.org', 'Ada', 'acme', 'king'],
      columns_wrong: ['ada@x.org', 'Ada'],
    };
    for (const [problem, cells] of Object.entries(problems))
      expect(check(...cells).problems).toEqual([problem]);
    expect(check('ada@x.org', 'x'.repeat(121), '', '').problems).toEqual(['name_invalid']);
    expect(check('ada@x.org', 'Ada', '', '', 'more').problems).toEqual(['columns_wrong']);
  });

  it('is read kindly: trimmed, one spelling, name and role filled in, empty extra cells ignored', () => {
    expect(check(' Ada@X.org ', '', ' ACME', 'Owner', '')).toMatchObject({
      email: 'ada@x.org',
      name: 'ada',
      workspaceSlug: 'acme',
      role: 'owner',
      problems: [],
    });
    expect(check('ada@x.org', '', '', '').role).toBe('viewer');
  });

  it('takes formulas for the text that they are', () => {
    expect(check('ada@x.org', '=HYPERLINK("https://evil.example")', '', '')).toMatchObject({
      name: '=HYPERLINK("https://evil.example")',
      problems: [],
    });
  });
});
