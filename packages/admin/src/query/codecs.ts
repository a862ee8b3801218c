import type { ColumnDescription, DialectName } from '../models/description.ts';
import type { Dialect } from './dialects/dialect.ts';
import { mysql } from './dialects/mysql.ts';
import { postgresql } from './dialects/postgresql.ts';
import { sqlite } from './dialects/sqlite.ts';
import { readWireValue, type ValueColumn } from './wire-values.ts';

const dialects: Readonly<Record<DialectName, Dialect>> = { postgresql, mysql, sqlite };

/** The dialect of this name. */
export function dialectNamed(name: DialectName): Dialect {
  return dialects[name];
}

/**
 * Checks values that are to be written, and brings each into its one form of the wire.
 *
 * @param columns what may be written; a name that is in `values` and not here is not looked at
 * @returns the values, and what is wrong by field, in words for whoever sent them
 */
export function readWrittenValues(
  dialect: DialectName,
  columns: readonly (ValueColumn & Pick<ColumnDescription, 'name'>)[],
  values: Readonly<Record<string, unknown>>,
): {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
} {
  const read: [string, unknown][] = [];
  const problems: { field: string; message: string }[] = [];
  for (const column of columns) {
    const sent = Object.hasOwn(values, column.name) ? values[column.name] : undefined;
    // Absent is not given; null is.
    if (sent === undefined) continue;
    const one = readWireValue(dialect, column, sent, 'write');
    if (one.ok) read.push([column.name, one.value]);
    else problems.push({ field: column.name, message: one.problem });
  }
  return { values: Object.fromEntries(read), problems };
}
