import {
  type ImportJob,
  type ImportRow,
  importColumns,
  importExecute,
  importPreview,
  importRead,
  importRows as importRowsRoute,
  importsList,
  importTemplate,
} from '@castellan/contract';
import { eq, sql } from 'drizzle-orm';
import { importJobs } from '../../platform/database/schema.ts';
import { type Database, rowsOf } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { allOf, behind, type Cursors, type KeysetOrder, orderBy } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import { previewImport } from './preview-import.ts';
import {
  type ImportJobRow,
  type ImportRowRow,
  outcomeOf,
  problemsOf,
  selectJob,
  selectRows,
} from './repository.ts';

const defaultPageSize = 50;
/** Each upload holds a connection of the pool while it comes in. */
const previewsAtOnce = 2;

const newestFirst: KeysetOrder = {
  column: sql`created_at`,
  type: 'timestamptz',
  id: sql`id`,
  descending: true,
};

/**
 * CSV import of people: preview, execute, and what became of it.
 * @param deps.nudgeRunner wakes the import runner after a job was started
 */
export function importRoutes(deps: {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly nudgeRunner: () => void;
}): Implementation[] {
  const { database, cursors, nudgeRunner } = deps;
  let previews = 0;
  return [
    implement(importPreview, async (call) => {
      if (previews >= previewsAtOnce)
        throw new Refusal('overloaded', {
          detail: 'Other uploads are being read. Try again when they are done.',
          retryAfterSeconds: 5,
        });
      previews++;
      try {
        // Not `call.write`: it would keep the administrator's own row locked for as long as the upload takes,
        // and this creates nobody.
        const preview = await database.write(call.origin, async (tx) => {
          // What was read of an upload is gone: a transaction that the database wants again can't have it.
          if (call.body.readableDidRead) throw new Refusal('unavailable');
          return previewImport(tx, call.body, call.query.fileName || 'people.csv');
        });
        return {
          job: jobOf(preview.job),
          problems: preview.problems.map((row) => rowOf(preview.job, row)),
          sample: preview.sample.map((row) => rowOf(preview.job, row)),
        };
      } finally {
        previews--;
        // Clients that read the answer only when all is sent are to get it, too; so the rest is taken and dropped.
        call.body.resume();
      }
    }),
    implement(importExecute, async (call) =>
      call.write(async (tx) => {
        const [job] = await tx.db
          .select()
          .from(importJobs)
          .where(eq(importJobs.id, call.body.jobId))
          .for('update');
        if (!job) throw new Refusal('not_found');
        if (job.state !== 'previewed')
          throw new Refusal('import_state', {
            detail: job.state === 'running' ? 'It is running already.' : 'It has finished.',
          });
        const [started] = await tx.db
          .update(importJobs)
          .set({
            state: 'running',
            startedAt: tx.now,
            actors: tx.origin.actors,
            correlationId: tx.origin.correlationId,
          })
          .where(eq(importJobs.id, job.id))
          .returning();
        tx.record({
          action: 'import_started',
          target: { kind: 'import', id: job.id, label: job.fileName },
          detail: { valid_rows: job.validRows, problem_rows: job.problemRows },
        });
        tx.afterCommit(nudgeRunner);
        return jobOf(started!);
      }),
    ),
    implement(importsList, async ({ query }) => {
      const size = query.pageSize ?? defaultPageSize;
      const position = query.cursor === undefined ? undefined : cursors.open('imports', query.cursor);
      const page = position ? undefined : (query.page ?? 1);
      const found = await rowsOf<{ id: string; at: string }>(
        database.db,
        sql`SELECT id, created_at::text AS at FROM import_jobs WHERE ${allOf([position && behind(newestFirst, position)])}
          ${orderBy(newestFirst)} LIMIT ${size + 1} OFFSET ${page ? (page - 1) * size : 0}`,
      );
      const shown = found.slice(0, size);
      const jobs = new Map(
        (
          await jobsOf(
            database,
            shown.map(({ id }) => id),
          )
        ).map((job) => [job.id, job] as const),
      );
      const last = shown.at(-1);
      const total =
        page === undefined
          ? undefined
          : (
              await rowsOf<{ total: number }>(
                database.db,
                sql`SELECT count(*)::int AS total FROM import_jobs`,
              )
            )[0]!.total;
      return {
        items: shown.flatMap(({ id }) => jobs.get(id) ?? []).map(jobOf),
        total,
        page,
        pageSize: size,
        nextCursor: found.length > size && last ? cursors.seal('imports', [last.at, last.id]) : undefined,
      };
    }),
    implement(importRead, async ({ params }) => {
      const job = await selectJob(database.db, params.id);
      if (!job) throw new Refusal('not_found');
      return jobOf(job);
    }),
    implement(importRowsRoute, async ({ params, query }) => {
      const job = await selectJob(database.db, params.id);
      if (!job) throw new Refusal('not_found');
      const size = query.pageSize ?? defaultPageSize;
      const list = `import rows ${job.id} ${query.onlyProblems === true}`;
      const start = query.cursor === undefined ? undefined : Number(cursors.open(list, query.cursor)[0]);
      const found = await selectRows(database.db, {
        jobId: job.id,
        onlyProblems: query.onlyProblems,
        behind: start,
        limit: size + 1,
      });
      const shown = found.slice(0, size);
      const last = shown.at(-1);
      return {
        items: shown.map((row) => rowOf(job, row)),
        total: start === undefined ? (query.onlyProblems ? job.problemRows : job.totalRows) : undefined,
        pageSize: size,
        nextCursor: found.length > size && last ? cursors.seal(list, [String(last.position)]) : undefined,
      };
    }),
    implement(importTemplate, async () => ({
      contentType: 'text/csv; charset=utf-8',
      headers: { 'content-disposition': 'attachment; filename="people.csv"' },
      body: `${importColumns.join(',')}\r\nada@example.com,Ada Lovelace,,viewer\r\n`,
    })),
  ];
}

async function jobsOf(database: Database, ids: readonly string[]): Promise<ImportJobRow[]> {
  if (ids.length === 0) return [];
  return database.db
    .select()
    .from(importJobs)
    .where(sql`${importJobs.id} = ANY (${sql.param(ids)}::uuid[])`);
}

function jobOf(job: ImportJobRow): ImportJob {
  const { actors, correlationId, nextPosition, ...shown } = job;
  return shown;
}

function rowOf(job: ImportJobRow, row: ImportRowRow): ImportRow {
  const { jobId, position, problem, ...shown } = row;
  return { ...shown, problems: problemsOf(row), outcome: outcomeOf(job, row) };
}
