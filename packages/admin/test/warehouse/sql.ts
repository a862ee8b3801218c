import { readFileSync } from 'node:fs';
import type { DialectName } from '../../src/models/description.ts';

/** The statements that make the warehouse's tables in an empty database. */
export function warehouseSql(dialect: DialectName): string {
  return readFileSync(new URL(`${dialect}.sql`, import.meta.url), 'utf8');
}
