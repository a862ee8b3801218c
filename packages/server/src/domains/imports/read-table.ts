import { importColumns } from '@castellan/contract';
import papaparse from 'papaparse';
import { Refusal } from '../../platform/refusal.ts';

export type ImportColumn = (typeof importColumns)[number];

/** A row as it stands in the file. */
export interface TableRow {
  /** Where it begins; the first line of the file is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Where each column of an import is in the file. */
export interface TableHeader {
  readonly width: number;
  readonly indexes: Readonly<Record<ImportColumn, number>>;
}

export interface Table {
  readonly header: TableHeader;
  /** In slices, as the text arrives. Rows with nothing in them are left out. */
  readonly rows: AsyncIterable<readonly TableRow[]>;
}

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly code: string; readonly row: number }[];
  readonly meta: { readonly cursor: number };
}

const delimiters = [',', ';', '\t'] as const;
/** No row of people is longer; a quote that is never closed would otherwise take in the rest of the file. */
const longestRow = 256 * 1024;

/**
 * Reads CSV (RFC 4180) whose lines end in `\n`. The header's columns may stand in any order and case, beside others
 * that are ignored; commas, semicolons and tabs are recognised.
 *
 * @throws Refusal `csv_unreadable` that says what to mend
 */
export async function readTable(text: AsyncIterable<string>): Promise<Table> {
  const source = text[Symbol.asyncIterator]();
  let buffer = '';
  let skippedLines = 0;
  let ended = false;
  while (!ended) {
    const leading = /^\s*\n/.exec(buffer)?.[0] ?? '';
    skippedLines += newlinesIn(leading);
    buffer = buffer.slice(leading.length);
    if (buffer.includes('\n')) break;
    if (buffer.length > longestRow) throw unreadable('Its first line does not end.');
    const next = await source.next();
    if (next.done) ended = true;
    else buffer += next.value;
  }
  const end = buffer.indexOf('\n');
  const headerLine = end === -1 ? buffer : buffer.slice(0, end);
  const { delimiter, header } = readHeader(headerLine);
  const rest = end === -1 ? '' : buffer.slice(end + 1);
  return { header, rows: readRows(source, ended, rest, delimiter, skippedLines + 2) };
}

function readHeader(line: string): { delimiter: string; header: TableHeader } {
  const readings = delimiters.map((delimiter) => {
    const names = parse(line, delimiter, true).data[0] ?? [];
    return {
      delimiter,
      names: names.map((name) =>
        name
          .trim()
          .toLowerCase()
          .replace(/[\s-]+/g, '_'),
      ),
    };
  });
  const known = ({ names }: { names: string[] }) =>
    importColumns.filter((column) => names.includes(column)).length;
  const { delimiter, names } = readings.reduce((best, reading) =>
    known(reading) > known(best) ? reading : best,
  );
  const missing = importColumns.filter((column) => !names.includes(column));
  if (missing.length > 0)
    throw unreadable(
      `The header lacks ${missing.join(', ')}. Its first line must name ${importColumns.join(', ')}, in any order.`,
    );
  const twice = importColumns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice) throw unreadable(`The header names ${twice} twice.`);
  const indexes = Object.fromEntries(
    importColumns.map((column) => [column, names.indexOf(column)]),
  ) as Record<ImportColumn, number>;
  return { delimiter, header: { width: names.length, indexes } };
}

async function* readRows(
  source: AsyncIterator<string>,
  endedBefore: boolean,
  firstText: string,
  delimiter: string,
  firstLine: number,
): AsyncGenerator<readonly TableRow[]> {
  let line = firstLine;
  let buffer = firstText;
  let ended = endedBefore;
  for (;;) {
    const { data, errors, meta } = parse(buffer, delimiter, ended);
    // A row that has not ended is read again with the text that follows; what is said of it now may be wrong.
    const error = errors.find(({ row }) => row < data.length);
    const rows: TableRow[] = [];
    for (const [index, cells] of data.entries()) {
      if (error?.row === index) throw unreadable(explainQuotes(error.code, line));
      if (cells.some((cell) => cell.trim() !== '')) rows.push({ line, cells });
      line += 1;
      for (const cell of cells) line += newlinesIn(cell);
    }
    if (rows.length > 0) yield rows;
    if (ended) return;
    buffer = buffer.slice(meta.cursor);
    if (buffer.length > longestRow) throw unreadable(explainQuotes('MissingQuotes', line));
    const next = await source.next();
    if (next.done) ended = true;
    else buffer += next.value;
  }
}

function explainQuotes(code: string, line: number): string {
  return code === 'MissingQuotes'
    ? `A quoted field that begins at line ${line} is never closed. Close the quote, or double it where it is part of the text.`
    : `A quote stands in the middle of a quoted field at line ${line}. Double the quotes that are part of the text.`;
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** The parser alone, without its streams: slices are cut, awaited and counted here. */
function parse(text: string, delimiter: string, isLast: boolean): Parsed {
  if (text === '') return { data: [], errors: [], meta: { cursor: 0 } };
  const parsed = new papaparse.Parser({ delimiter, newline: '\n' }).parse(text, 0, !isLast) as Parsed;
  // Behind the last line end there is no row.
  const lastRow = parsed.data.at(-1);
  if (isLast && text.endsWith('\n') && lastRow?.length === 1 && lastRow[0] === '') parsed.data.pop();
  return parsed;
}

function unreadable(detail: string): Refusal {
  return new Refusal('csv_unreadable', { detail });
}
