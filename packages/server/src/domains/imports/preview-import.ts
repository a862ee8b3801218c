import type { Readable } from 'node:stream';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { type CheckedRow, checkRow } from './check-row.ts';
import { decodeText } from './decode-text.ts';
import { readTable } from './read-table.ts';
import {
  completeStaging,
  type ImportJobRow,
  type ImportRowRow,
  insertJob,
  selectRows,
  stageRows,
} from './repository.ts';

export interface Preview {
  readonly job: ImportJobRow;
  readonly problems: ImportRowRow[];
  readonly sample: ImportRowRow[];
}

const rowsAtOnce = 2000;
const shownProblems = 50;
const shownRows = 20;

/**
 * Reads an upload to its end, checks every row and keeps all of them for executing. Nobody is created, and an upload
 * that can't be read leaves nothing behind.
 *
 * @throws Refusal `csv_unreadable`, `payload_too_large`
 */
export async function previewImport(tx: Transaction, upload: Readable, fileName: string): Promise<Preview> {
  // A refusal is still to be answered on the connection that the upload comes from: it must stay open.
  const bytes = upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const { header, rows } = await readTable(decodeText(bytes));
  const jobId = await insertJob(tx, fileName);
  let position = 0;
  let waiting: CheckedRow[] = [];
  const stage = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    await stageRows(tx, jobId, position, batch);
    position += batch.length;
  };
  for await (const slice of rows) {
    for (const row of slice) waiting.push(checkRow(header, row));
    if (waiting.length >= rowsAtOnce) await stage();
  }
  if (waiting.length > 0) await stage();
  if (position === 0)
    throw new Refusal('csv_unreadable', { detail: 'There are no people below the header of this file.' });
  const job = await completeStaging(tx, jobId);
  tx.record({
    action: 'import_previewed',
    target: { kind: 'import', id: jobId, label: fileName },
    detail: { total_rows: job.totalRows, valid_rows: job.validRows, problem_rows: job.problemRows },
  });
  return {
    job,
    problems: await selectRows(tx.db, { jobId, onlyProblems: true, limit: shownProblems }),
    sample: await selectRows(tx.db, { jobId, limit: shownRows }),
  };
}
