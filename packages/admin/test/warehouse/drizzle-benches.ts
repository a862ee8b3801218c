import { createTestDatabase } from '@castellan/testkit/database';
import { createMariaDbDatabase } from '@castellan/testkit/mariadb';
import { drizzle as drizzleMySql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import mysql from 'mysql2/promise';
import { drizzleAdmin } from '../../src/orm/drizzle/index.ts';
import type { Bench } from './bench.ts';
import * as mysqlSchema from './drizzle-mysql.ts';
import * as pgSchema from './drizzle-postgresql.ts';
import * as sqliteSchema from './drizzle-sqlite.ts';
import { drizzleOverNodeSqlite, openSqlite } from './node-sqlite.ts';
import { warehouseSql } from './sql.ts';

const softDeletes = { Item: { field: 'deletedAt', deletedWhen: 'not_null' } } as const;

/** Drizzle on the three databases. */
export const drizzleBenches = {
  postgresql: {
    name: 'Drizzle on PostgreSQL',
    dialect: 'postgresql',
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open() {
      const database = await createTestDatabase({ content: 'empty' });
      await database.pool.query(warehouseSql('postgresql'));
      return {
        adapter: drizzleAdmin(pgSchema, { softDeletes }),
        db: drizzlePg(database.pool),
        makeWarehouse: (db, code) =>
          (db as ReturnType<typeof drizzlePg>).insert(pgSchema.Warehouse).values({ code, name: code }),
        close: () => database.drop(),
      };
    },
  },
  mysql: {
    name: 'Drizzle on MariaDB',
    dialect: 'mysql',
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open(options) {
      const database = await createMariaDbDatabase();
      await database.execute(warehouseSql('mysql', options));
      // A zone that is not that of the server, nor UTC: instants have to stay what they are.
      const pool = mysql.createPool({ ...database.connection, connectionLimit: 3 });
      pool.on('connection', (connection) => connection.query("SET time_zone = '+05:30'"));
      return {
        adapter: drizzleAdmin(mysqlSchema, { softDeletes }),
        db: drizzleMySql(pool),
        makeWarehouse: (db, code) =>
          (db as ReturnType<typeof drizzleMySql>).insert(mysqlSchema.Warehouse).values({ code, name: code }),
        async close() {
          await pool.end();
          await database.drop();
        },
      };
    },
  },
  sqlite: {
    name: 'Drizzle on SQLite',
    dialect: 'sqlite',
    timeDigits: { packedAt: 0, seenAt: 3 },
    types: { packedAt: 'timestamp', opensAt: 'text' },
    async open() {
      const database = openSqlite();
      database.exec(warehouseSql('sqlite'));
      return {
        adapter: drizzleAdmin(sqliteSchema, { softDeletes }),
        db: drizzleOverNodeSqlite(database),
        makeWarehouse: (db, code) =>
          (db as ReturnType<typeof drizzleOverNodeSqlite>)
            .insert(sqliteSchema.Warehouse)
            .values({ code, name: code }),
        close: async () => database.close(),
      };
    },
  },
} satisfies Record<string, Bench>;
