import { createTestDatabase } from '@castellan/testkit/database';
import { createMariaDbDatabase } from '@castellan/testkit/mariadb';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { DialectName } from '../../src/models/description.ts';
import { typeormAdmin } from '../../src/orm/typeorm/index.ts';
import type { Bench, OpenBench } from './bench.ts';
import { BetterSqlite3OfNode } from './better-sqlite3-of-node.ts';
import { warehouseSql } from './sql.ts';
import { rememberingSubscriber, warehouseEntities } from './typeorm-entities.ts';

async function openTypeOrm(
  dialect: DialectName,
  options: DataSourceOptions,
  drop: () => Promise<void>,
): Promise<OpenBench> {
  const heard: string[] = [];
  const dataSource = new DataSource({
    ...options,
    entities: warehouseEntities(dialect),
    subscribers: [rememberingSubscriber(heard)],
  } as DataSourceOptions);
  await dataSource.initialize();
  return {
    adapter: typeormAdmin(dataSource),
    db: dataSource,
    heard,
    makeWarehouse: (db, code) => (db as EntityManager).getRepository('Warehouse').save({ code, name: code }),
    async close() {
      await dataSource.destroy();
      await drop();
    },
  };
}

/** TypeORM on the three databases. */
export const typeormBenches = {
  postgresql: {
    name: 'TypeORM on PostgreSQL',
    dialect: 'postgresql',
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open() {
      const database = await createTestDatabase({ content: 'empty' });
      await database.pool.query(warehouseSql('postgresql'));
      return openTypeOrm('postgresql', { type: 'postgres', url: database.url }, () => database.drop());
    },
  },
  mysql: {
    name: 'TypeORM on MariaDB',
    dialect: 'mysql',
    timeDigits: { packedAt: 6, seenAt: 6 },
    async open(options) {
      const database = await createMariaDbDatabase();
      await database.execute(warehouseSql('mysql', options));
      const { host, port, user, password, database: name } = database.connection;
      return openTypeOrm(
        'mysql',
        { type: 'mariadb', host, port, username: user, password, database: name },
        () => database.drop(),
      );
    },
  },
  sqlite: {
    name: 'TypeORM on SQLite',
    dialect: 'sqlite',
    timeDigits: { packedAt: 3, seenAt: 3 },
    async open() {
      return openTypeOrm(
        'sqlite',
        {
          type: 'better-sqlite3',
          database: ':memory:',
          driver: BetterSqlite3OfNode,
          prepareDatabase: (database: BetterSqlite3OfNode) => database.exec(warehouseSql('sqlite')),
        },
        async () => {},
      );
    },
  },
} satisfies Record<string, Bench>;
