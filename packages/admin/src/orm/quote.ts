import type { DialectName, ModelDescription } from '../models/description.ts';

/** A name quoted for its dialect, so that reserved words and quotes in names are safe. */
export function quoteName(dialect: DialectName, name: string): string {
  return dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
}

/** A model's table, with its schema where it has one. */
export function quoteTable(dialect: DialectName, model: Pick<ModelDescription, 'schema' | 'table'>): string {
  const table = quoteName(dialect, model.table);
  return model.schema === undefined ? table : `${quoteName(dialect, model.schema)}.${table}`;
}
