import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { freeText, id, instant, queryBoolean, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

/** 50 MB, as large as an import may be. */
export const importLimitBytes = 50 * 1024 * 1024;
/** The header of an import, in this order. */
export const importColumns = ['email', 'name', 'workspace_slug', 'role'] as const;

/** Where an import is: looked at, being carried out, or done. */
export const importStates = ['previewed', 'running', 'finished'] as const;
/** Why a row can not be imported. */
export const importRowProblems = [
  'email_missing',
  'email_invalid',
  'name_invalid',
  'workspace_unknown',
  'role_invalid',
  'duplicate_in_file',
  'already_exists',
  'columns_wrong',
] as const;
/** One reason why a row can not be imported. */
export type ImportRowProblem = (typeof importRowProblems)[number];

/** What each problem of a row means, for the page and the report. */
export const importProblemTexts = {
  email_missing: 'There is no e-mail address.',
  email_invalid: 'This is not an e-mail address.',
  name_invalid: 'The name is longer than 120 characters or holds control characters.',
  workspace_unknown: 'No workspace has this slug.',
  role_invalid: 'The role is not one of owner, admin, editor, viewer.',
  duplicate_in_file: 'This e-mail stands further up in the file for the same workspace.',
  already_exists: 'This person exists and is in the workspace already.',
  columns_wrong: 'This line does not have the columns of the header.',
} as const satisfies Record<ImportRowProblem, string>;

/** One row of an import: what it says, what is wrong with it, and what was done with it. */
export const ImportRow = wire({
  /** The line of the file where the row begins; the header is line 1. */
  line: z.int(),
  email: z.string(),
  name: z.string(),
  workspaceSlug: z.string(),
  role: z.string(),
  /** Everything that is wrong with it; a row with a problem is skipped. */
  problems: z.array(z.enum(importRowProblems)),
  /** What executing did with it; `null` until then. */
  outcome: z.enum(['created', 'added', 'skipped']).nullable(),
});
export type ImportRow = z.output<typeof ImportRow>;

/** One uploaded file and how far its import is. */
export const ImportJob = wire({
  id,
  state: z.enum(importStates),
  fileName: z.string(),
  totalRows: z.int(),
  validRows: z.int(),
  problemRows: z.int(),
  /** Rows done so far; equals `totalRows` when finished. */
  processedRows: z.int(),
  /** People who got an account. */
  createdUsers: z.int(),
  /** Memberships made. */
  addedMembers: z.int(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});
export type ImportJob = z.output<typeof ImportJob>;

export const importPreview = defineRoute({
  ...forAdministrators,
  id: 'imports.preview',
  method: 'POST',
  path: '/admin/import/csv/preview',
  summary: 'Upload a CSV of people and see, row by row, what would happen; nothing is created',
  query: wire({ fileName: freeText(200).optional() }),
  takes: 'csv',
  bodyLimitBytes: importLimitBytes,
  success: [201, wire({ job: ImportJob, problems: z.array(ImportRow), sample: z.array(ImportRow) })],
  errors: ['csv_unreadable', 'payload_too_large', 'unsupported_media_type'],
});

export const importExecute = defineRoute({
  ...forAdministrators,
  id: 'imports.execute',
  method: 'POST',
  path: '/admin/import/csv/execute',
  summary: 'Create the people of a previewed upload; rows with a problem are skipped',
  body: wire({ jobId: id }),
  success: [202, ImportJob],
  errors: ['not_found', 'import_state'],
  idempotent: true,
});

export const importsList = defineRoute({
  ...forAdministrators,
  id: 'imports.list',
  method: 'GET',
  path: '/admin/import/csv/jobs',
  summary: 'Imports, newest first',
  query: wire({ cursor: listQuery.cursor, page: listQuery.page, pageSize: listQuery.pageSize }),
  success: [200, pageOf(ImportJob)],
});

export const importRead = defineRoute({
  ...forAdministrators,
  id: 'imports.read',
  method: 'GET',
  path: '/admin/import/csv/jobs/{id}',
  summary: 'One import and how far it is',
  params: idParams,
  success: [200, ImportJob],
  errors: ['not_found'],
});

export const importRows = defineRoute({
  ...forAdministrators,
  id: 'imports.rows',
  method: 'GET',
  path: '/admin/import/csv/jobs/{id}/rows',
  summary: 'The rows of an import, by line',
  params: idParams,
  query: wire({
    cursor: listQuery.cursor,
    pageSize: listQuery.pageSize,
    onlyProblems: queryBoolean.optional(),
  }),
  success: [200, pageOf(ImportRow)],
  errors: ['not_found'],
});

export const importTemplate = defineRoute({
  ...forAdministrators,
  id: 'imports.template',
  method: 'GET',
  path: '/admin/import/csv/template',
  summary: 'A CSV file to start from',
  gives: 'csv',
  success: [200, null],
});
