import type { ImportRowProblem } from '@castellan/contract';
import { eq, type SQL, sql } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { importJobs, importRows } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import type { CheckedRow } from './check-row.ts';

export type ImportJobRow = typeof importJobs.$inferSelect;
export type ImportRowRow = typeof importRows.$inferSelect;

/** What executing did with a row: rows that created somebody carry no mark of their own. */
export function outcomeOf(job: ImportJobRow, row: ImportRowRow): ImportRowRow['outcome'] {
  return row.outcome ?? (job.state !== 'previewed' && row.position < job.nextPosition ? 'created' : null);
}

/** Rows whose address says nothing: they repeat nobody. */
const unreadable = '(columns_wrong|email_missing|email_invalid)';

/** The problems of a row: their names stand in one column, with spaces between them; `NULL` where there is none. */
export function problemsOf({ problem }: ImportRowRow): ImportRowProblem[] {
  return problem === null ? [] : (problem.split(' ') as ImportRowProblem[]);
}

/** Begins a job; its counts follow with {@link completeStaging}. */
export async function insertJob(tx: Transaction, fileName: string): Promise<string> {
  const id = newId();
  await tx.db.insert(importJobs).values({
    id,
    state: 'previewed',
    fileName,
    totalRows: 0,
    validRows: 0,
    problemRows: 0,
    actors: tx.origin.actors,
    correlationId: tx.origin.correlationId,
    createdAt: tx.now,
  });
  return id;
}

/** Stores a run of rows, each with what the database knows against it. */
export async function stageRows(
  tx: Transaction,
  jobId: string,
  first: number,
  rows: readonly CheckedRow[],
): Promise<void> {
  // Each row is looked up by a unique key: a planner that reads a whole table for each run makes long files slow.
  await tx.db.execute(
    sql`SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
  const list = (of: (row: CheckedRow) => string | number | null): SQL => sql`${sql.param(rows.map(of))}`;
  await tx.db.execute(sql`
    INSERT INTO import_rows (job_id, position, line, email, name, workspace_slug, role, problem)
    SELECT ${jobId}::uuid, ${first}::int + r.number - 1, r.line, r.email, r.name, r.slug, r.role,
      nullif(concat_ws(' ', r.problems,
        CASE WHEN r.slug <> '' AND w.id IS NULL AND r.problems IS DISTINCT FROM 'columns_wrong' THEN 'workspace_unknown' END,
        CASE WHEN u.id IS NOT NULL AND (r.slug = '' OR m.user_id IS NOT NULL) AND r.problems IS DISTINCT FROM 'columns_wrong'
          THEN 'already_exists' END), '')
    FROM unnest(${list((row) => row.line)}::int[], ${list((row) => row.email)}::text[], ${list((row) => row.name)}::text[],
        ${list((row) => row.workspaceSlug)}::text[], ${list((row) => row.role)}::text[], ${list((row) => row.problems.join(' ') || null)}::text[])
      WITH ORDINALITY AS r (line, email, name, slug, role, problems, number)
    LEFT JOIN workspaces w ON w.slug = r.slug
    LEFT JOIN users u ON u.email = r.email
    LEFT JOIN members m ON m.workspace_id = w.id AND m.user_id = u.id`);
}

/** Lets the planner know the new rows, finds those that repeat one further up, and counts. */
export async function completeStaging(tx: Transaction, jobId: string): Promise<ImportJobRow> {
  // First of all: on a table that looks empty to it, the planner compares every row with every other.
  await tx.db.execute(sql`ANALYZE import_rows`);
  await tx.db.execute(sql`
    UPDATE import_rows r SET problem = concat_ws(' ', r.problem, 'duplicate_in_file')
    FROM (
      SELECT position, count(*) FILTER (WHERE problem IS NULL) OVER (
        PARTITION BY email COLLATE "C", workspace_slug COLLATE "C" ORDER BY position
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS further_up
      FROM import_rows WHERE job_id = ${jobId} AND (problem IS NULL OR problem !~ ${unreadable})
    ) AS repeated
    WHERE repeated.further_up > 0 AND r.job_id = ${jobId} AND r.position = repeated.position`);
  const [counts] = await rowsOf<{ total: number; problems: number }>(
    tx.db,
    sql`SELECT count(*)::int AS total, count(problem)::int AS problems FROM import_rows WHERE job_id = ${jobId}`,
  );
  const { total, problems } = counts!;
  const [job] = await tx.db
    .update(importJobs)
    .set({ totalRows: total, problemRows: problems, validRows: total - problems })
    .where(eq(importJobs.id, jobId))
    .returning();
  return job!;
}

export interface RowSelection {
  readonly jobId: string;
  readonly onlyProblems?: boolean | undefined;
  /** Only rows behind this position. */
  readonly behind?: number | undefined;
  readonly limit: number;
}

/** Rows of a job in the order of the file. */
export async function selectRows(db: Queryable, selection: RowSelection): Promise<ImportRowRow[]> {
  return db
    .select()
    .from(importRows)
    .where(
      sql`${importRows.jobId} = ${selection.jobId}
        AND ${importRows.position} > ${selection.behind ?? -1}
        AND ${selection.onlyProblems ? sql`${importRows.problem} IS NOT NULL` : sql`true`}`,
    )
    .orderBy(importRows.position)
    .limit(selection.limit);
}

export async function selectJob(db: Queryable, id: string): Promise<ImportJobRow | undefined> {
  const [job] = await db.select().from(importJobs).where(eq(importJobs.id, id));
  return job;
}
