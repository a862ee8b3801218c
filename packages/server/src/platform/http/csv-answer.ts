import { Readable } from 'node:stream';
import Papa from 'papaparse';
import type { RawAnswer } from './implementation.ts';

/** Spreadsheets run cells that begin so as formulas (OWASP, CSV injection); they get a leading apostrophe. */
const formulaStart = /^[=+\-@\t\r]/;

type Cell = string | number | boolean | null;

function writeRows(rows: readonly (readonly Cell[])[]): string {
  return `${Papa.unparse(rows as Cell[][], { escapeFormulae: formulaStart, newline: '\r\n' })}\r\n`;
}

/**
 * A CSV file (RFC 4180) that is written while it is read: one batch in memory at a time.
 * @param name of the file, without `.csv`
 */
export function csvAnswer(
  name: string,
  header: readonly string[],
  batches: AsyncIterable<readonly (readonly Cell[])[]>,
): RawAnswer {
  async function* text(): AsyncGenerator<string> {
    yield writeRows([header]);
    for await (const batch of batches) if (batch.length > 0) yield writeRows(batch);
  }
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    body: Readable.from(text(), { objectMode: false }),
    headers: {
      'content-disposition': `attachment; filename="${name}.csv"`,
      'cache-control': 'no-store',
    },
  };
}
