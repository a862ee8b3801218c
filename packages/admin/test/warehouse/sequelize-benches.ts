import { createTestDatabase } from '@castellan/testkit/database';
import { createMariaDbDatabase } from '@castellan/testkit/mariadb';
import { type Options, QueryTypes, Sequelize, type Transaction } from 'sequelize';
import type { DialectName } from '../../src/models/description.ts';
import { sequelizeAdmin } from '../../src/orm/sequelize/index.ts';
import type { Bench, OpenBench } from './bench.ts';
import { defineWarehouse } from './sequelize-models.ts';
import { warehouseSql } from './sql.ts';
import { sqlite3OfNode } from './sqlite3-of-node.ts';

async function openSequelize(
  dialect: DialectName,
  sequelize: Sequelize,
  drop: () => Promise<void>,
): Promise<OpenBench> {
  const heard: string[] = [];
  defineWarehouse(sequelize, dialect, heard);
  return {
    adapter: sequelizeAdmin(sequelize, { generated: { Item: ['halfWeight'] } }),
    db: sequelize,
    heard,
    makeWarehouse: (db, code) =>
      sequelize.models.Warehouse!.create({ code, name: code }, { transaction: db as Transaction }),
    async close() {
      await sequelize.close();
      await drop();
    },
  };
}

const quiet: Options = { logging: false };

/** Sequelize on the three databases. */
export const sequelizeBenches = {
  postgresql: {
    name: 'Sequelize on PostgreSQL',
    dialect: 'postgresql',
    quotedColumn: "it's a name",
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open() {
      const database = await createTestDatabase({ content: 'empty' });
      await database.pool.query(warehouseSql('postgresql'));
      // Sequelize reads addresses in a way of its own.
      const { hostname, port, username, password, pathname } = new URL(database.url);
      const sequelize = new Sequelize(pathname.slice(1), username, password, {
        ...quiet,
        dialect: 'postgres',
        host: decodeURIComponent(hostname),
        port: Number(port || 5432),
      });
      return openSequelize('postgresql', sequelize, () => database.drop());
    },
  },
  mysql: {
    name: 'Sequelize on MariaDB',
    dialect: 'mysql',
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open(options) {
      const database = await createMariaDbDatabase();
      await database.execute(warehouseSql('mysql', options));
      const { host, port, user, password, database: name } = database.connection;
      const sequelize = new Sequelize(name, user, password, { ...quiet, dialect: 'mysql', host, port });
      return openSequelize('mysql', sequelize, () => database.drop());
    },
  },
  sqlite: {
    name: 'Sequelize on SQLite',
    dialect: 'sqlite',
    timeDigits: { packedAt: 3, seenAt: 3 },
    async open() {
      const sequelize = new Sequelize({
        ...quiet,
        dialect: 'sqlite',
        storage: ':memory:',
        dialectModule: sqlite3OfNode,
      });
      for (const text of warehouseSql('sqlite')
        .replaceAll(/^--.*$/gm, '')

        .split(';')
        .filter((part) => part.trim() !== ''))
        await sequelize.query(text, { type: QueryTypes.RAW });
      return openSequelize('sqlite', sequelize, async () => {});
    },
  },
} satisfies Record<string, Bench>;
