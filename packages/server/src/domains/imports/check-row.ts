import {
  displayName,
  email as emailAddress,
  type ImportRowProblem,
  type WorkspaceRole,
  workspaceRoles,
} from '@castellan/contract';
import type { ImportColumn, TableHeader, TableRow } from './read-table.ts';

/** A row of an import, read and checked by itself; what needs the database is checked where it is stored. */
export interface CheckedRow {
  readonly line: number;
  readonly email: string;
  readonly name: string;
  readonly workspaceSlug: string;
  readonly role: string;
  /** Everything that is wrong with it, so that a file is mended once. */
  readonly problems: readonly ImportRowProblem[];
}

/** What is kept of a cell: more than any right value has, enough to recognise a wrong one. */
const keptCharacters = 300;

const isRole = (text: string): text is WorkspaceRole => (workspaceRoles as readonly string[]).includes(text);

/** Reads one row by the header: trimmed, e-mail, slug and role in lower case, empty name and role filled in. */
export function checkRow(header: TableHeader, { line, cells }: TableRow): CheckedRow {
  const cell = (column: ImportColumn): string =>
    (cells[header.indexes[column]] ?? '').trim().slice(0, keptCharacters);
  const email = cell('email').toLowerCase();
  const givenName = cell('name');
  const workspaceSlug = cell('workspace_slug').toLowerCase();
  const role = cell('role').toLowerCase() || 'viewer';
  const row = { line, email, name: givenName, workspaceSlug, role };
  const tooMany = cells.slice(header.width).some((extra) => extra.trim() !== '');
  // Its cells may stand under the wrong headings: nothing else can be said of them.
  if (cells.length < header.width || tooMany) return { ...row, problems: ['columns_wrong'] };
  const problems: ImportRowProblem[] = [];
  const isEmail = emailAddress.safeParse(email).success;
  if (!isEmail) problems.push(email === '' ? 'email_missing' : 'email_invalid');
  const name = givenName || (isEmail ? email.slice(0, email.lastIndexOf('@')) : '');
  if (name !== '' && !displayName.safeParse(name).success) problems.push('name_invalid');
  if (!isRole(role)) problems.push('role_invalid');
  return { ...row, name, problems };
}
