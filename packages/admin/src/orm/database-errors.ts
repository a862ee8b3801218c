import type { DialectName, ModelDescription } from '../models/description.ts';
import { ConstraintFailed, StatementTimedOut } from './adapter.ts';

type Kind = ConstraintFailed['kind'];

/** What the drivers' errors have, whichever ORM wraps them. */
interface DriverError {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly errcode?: unknown;
  readonly message?: unknown;
  readonly detail?: unknown;
  readonly column?: unknown;
  readonly constraint?: unknown;
  readonly sqlMessage?: unknown;
  readonly sqlState?: unknown;
}

/**
 * What an error of an ORM means to us: a constraint that failed, with its fields, or a statement that took too long.
 * Everything else is given back as it came.
 */
export function readDatabaseError(dialect: DialectName, error: unknown, model?: ModelDescription): unknown {
  const chain = causesOf(error);
  if (chain.some((one) => one instanceof ConstraintFailed || one instanceof StatementTimedOut)) return error;
  for (const one of chain) {
    const read = readers[dialect](one as DriverError, model);
    if (read === 'timed_out') return new StatementTimedOut('The statement took too long', { cause: error });
    if (read) return new ConstraintFailed(read.kind, read.fields, { cause: error });
  }
  return error;
}

type Reading = { readonly kind: Kind; readonly fields: readonly string[] } | 'timed_out' | undefined;

/** The error and what it wraps: ORMs name it differently. */
function causesOf(error: unknown): object[] {
  const found: object[] = [];
  let next: unknown = error;
  while (typeof next === 'object' && next !== null && found.length < 8 && !found.includes(next)) {
    found.push(next);
    const wrapper = next as { cause?: unknown; original?: unknown; driverError?: unknown };
    next = wrapper.cause ?? wrapper.original ?? wrapper.driverError;
  }
  return found;
}

const postgresqlKinds: Readonly<Record<string, Kind>> = {
  '23505': 'unique',
  '23503': 'foreign_key',
  '23502': 'not_null',
  '23514': 'check',
  '23P01': 'other',
  '23001': 'foreign_key',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function readPostgreSql(error: DriverError, model?: ModelDescription): Reading {
  if (typeof error.code !== 'string') return undefined;
  if (error.code === '57014') return 'timed_out';
  const kind = postgresqlKinds[error.code] ?? (error.code.startsWith('22') ? 'value' : undefined);
  if (kind === undefined) return undefined;
  const index = model?.indexes.find((one) => one.name !== undefined && one.name === error.constraint);
  // The server's words are of its language, the form `(column, column)=(` is not.
  const named = /\(([^()]+)\)=\(/.exec(String(error.detail ?? ''))?.[1];
  const columns = error.column ? [String(error.column)] : named ? splitNames(named) : [];
  return { kind, fields: index && columns.length === 0 ? index.columns : fieldsOf(model, columns) };
}

/** https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference */
function readMySql(error: DriverError, model?: ModelDescription): Reading {
  const text = String(error.sqlMessage ?? error.message ?? '');
  switch (error.errno) {
    case 1969: // MariaDB
    case 3024: // MySQL
      return 'timed_out';
    case 1062: {
      const key = /for key '(?:[^']*\.)?([^'.]+)'$/.exec(text)?.[1];
      if (key === 'PRIMARY') return { kind: 'unique', fields: model?.key ?? [] };
      const index = model?.indexes.find((one) => one.isUnique && one.name === key);
      return { kind: 'unique', fields: index?.columns ?? fieldsOf(model, key ? [key] : []) };
    }
    case 1216:
    case 1217:
    case 1451:
    case 1452: {
      // A row that others refer to names their column, not one of ours.
      const named = error.errno === 1452 ? /FOREIGN KEY \(([^)]+)\)/.exec(text)?.[1] : undefined;
      return { kind: 'foreign_key', fields: fieldsOf(model, named ? splitNames(named) : []) };
    }
    case 1048:
    case 1364:
    case 4025:
    case 3819:
    case 1264:
    case 1265:
    case 1292:
    case 1366:
    case 1406: {
      const kind =
        error.errno === 1048 || error.errno === 1364
          ? 'not_null'
          : error.errno === 4025 || error.errno === 3819
            ? 'check'
            : 'value';
      const named =
        kind === 'check'
          ? undefined
          : /(?:[Cc]olumn|Field) [`']?(?:[^'` ]*`\.`)*([^'`]+)[`']/.exec(text)?.[1];
      return { kind, fields: fieldsOf(model, named ? [named] : []) };
    }
  }
  // Whatever else is wrong with the data itself (class 22 of SQL).
  return String(error.sqlState ?? '').startsWith('22') ? { kind: 'value', fields: [] } : undefined;
}

/** https://www.sqlite.org/rescode.html: the words are those of the library itself, and never translated. */
function readSqlite(error: DriverError, model?: ModelDescription): Reading {
  const text = String(error.message ?? '');
  const match = /(UNIQUE|NOT NULL|FOREIGN KEY|CHECK) constraint failed(?:: (.*))?$/.exec(text);
  if (!match) {
    if (/datatype mismatch|string or blob too big/.test(text)) return { kind: 'value', fields: [] };
    return /cannot store \w+ value in \w+ column/.test(text)
      ? { kind: 'value', fields: fieldsOf(model, [text.replace(/^.*\.(\S+)$/, '$1')]) }
      : undefined;
  }
  const [, name, columns = ''] = match;
  const kind =
    name === 'UNIQUE'
      ? 'unique'
      : name === 'NOT NULL'
        ? 'not_null'
        : name === 'CHECK'
          ? 'check'
          : 'foreign_key';
  if (kind === 'check') return { kind, fields: [] };
  const named = columns.split(', ').map((column) => column.slice(column.lastIndexOf('.') + 1));
  return { kind, fields: fieldsOf(model, named) };
}

const readers = { postgresql: readPostgreSql, mysql: readMySql, sqlite: readSqlite } as const;

const splitNames = (text: string): string[] =>
  text.split(',').map((name) => name.trim().replaceAll(/^["`]|["`]$/g, ''));

function fieldsOf(model: ModelDescription | undefined, columns: readonly string[]): string[] {
  return (model?.columns ?? []).filter((one) => columns.includes(one.column)).map((one) => one.name);
}
