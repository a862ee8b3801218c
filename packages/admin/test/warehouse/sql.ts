import { readFileSync } from 'node:fs';
import type { DialectName } from '../../src/models/description.ts';

/** The statements that make the warehouse's tables in an empty database. */
export function warehouseSql(
  dialect: DialectName,
  { isBytewise = false }: { readonly isBytewise?: boolean } = {},
): string {
  const collation =
    dialect === 'mysql' && isBytewise
      ? 'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;\n'
      : '';
  return collation + readFileSync(new URL(`${dialect}.sql`, import.meta.url), 'utf8');
}
