import { createTestDatabase } from '@castellan/testkit/database';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { expect, it } from 'vitest';
import * as schema from './schema.ts';

it('Drizzle’s tables are the migrations’ tables: same columns, types, nullability', async () => {
  const database = await createTestDatabase();
  try {
    const { rows } = await database.pool.query<{
      table_name: string;
      column_name: string;
      data_type: string;
      is_nullable: string;
    }>(
      `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public'
       AND table_name NOT IN ('castellan_migrations', 'rate_limits') ORDER BY 1, 2`,
    );
    const found = rows.map(
      (row) =>
        `${row.table_name}.${row.column_name} ${row.data_type} ${row.is_nullable === 'NO' ? 'not null' : 'null'}`,
    );
    const declared = Object.values(schema)
      .flatMap((value): PgTable[] => (is(value, PgTable) ? [value] : []))
      .flatMap((table) =>
        Object.values(getTableColumns(table)).map((column) => {
          const type = column.getSQLType();
          return `${getTableName(table)}.${column.name} ${type.endsWith('[]') ? 'ARRAY' : type} ${column.notNull || column.primary ? 'not null' : 'null'}`;
        }),
      );
    expect(declared.sort()).toEqual(found.sort());
  } finally {
    await database.drop();
  }
});
