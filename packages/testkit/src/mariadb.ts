import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';

/** A MariaDB to make databases in, or why there is none. */
export type FoundMariaDb =
  | { readonly url: string; readonly reason?: undefined }
  | { readonly url?: undefined; readonly reason: string };

/** The variable that names another server, as one who may make databases: `mysql://root:secret@127.0.0.1:3306`. */
export const mariaDbVariable = 'CASTELLAN_MARIADB_URL';
const usualPlaces = [
  'mysql://root@127.0.0.1:3306',
  'mysql://root@localhost?socketPath=/run/mysqld/mysqld.sock',
];

/**
 * Finds a MariaDB that tests may make databases in: the one that `CASTELLAN_MARIADB_URL` names, else one at its standard port or
 * socket that lets `root` in without a password, as disposable machines do.
 */
export async function findMariaDb(environment: NodeJS.ProcessEnv = process.env): Promise<FoundMariaDb> {
  const named = environment[mariaDbVariable];
  const complaints: string[] = [];
  for (const url of named ? [named] : usualPlaces) {
    try {
      const version = await asMariaDbAdministrator(url, (connection) => versionOf(connection));
      if (/mariadb/i.test(version)) return { url };
      complaints.push(`the server at ${hidePassword(url)} is ${version}`);
    } catch (error) {
      complaints.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { reason: `${complaints.join('; ')}; ${mariaDbVariable} names a server to use.` };
}

async function versionOf(connection: mysql.Connection): Promise<string> {
  const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT VERSION() AS version');
  return String(rows[0]?.version);
}

/** A database of one test's own, empty, and a user that owns nothing else. */
export interface MariaDbDatabase {
  readonly name: string;
  /** What `mysql2`, TypeORM and Sequelize take. */
  readonly connection: MariaDbConnection;
  /** Runs statements that are separated by semicolons. */
  execute(text: string): Promise<void>;
  /** Removes database and user. */
  drop(): Promise<void>;
}

/** How to connect to a test's database. */
export interface MariaDbConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/**
 * Makes an empty database. @throws Error where no MariaDB is found: suites that need it end in `.mariadb.test.ts`, and
 * `npm test` runs them only where there is one.
 */
export async function createMariaDbDatabase(): Promise<MariaDbDatabase> {
  const { url, reason } = await findMariaDb();
  if (url === undefined) throw new Error(`No MariaDB: ${reason}`);
  const name = `castellan_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await asMariaDbAdministrator(url, async (connection) => {
    await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    await connection.query(`CREATE USER ${name}@'%' IDENTIFIED BY '${password}'`);
    // An account without a name at `localhost` would otherwise be the closer match.
    await connection.query(`CREATE USER ${name}@'localhost' IDENTIFIED BY '${password}'`);
    for (const host of ['%', 'localhost'])
      await connection.query(`GRANT ALL PRIVILEGES ON ${name}.* TO ${name}@'${host}'`);
  });
  const { hostname, port } = new URL(url);
  return {
    name,
    connection: {
      host: hostname === 'localhost' ? '127.0.0.1' : hostname,
      port: Number(port || 3306),
      user: name,
      password,
      database: name,
    },
    execute: (text) =>
      asMariaDbAdministrator(url, async (connection) => {
        await connection.query(`USE ${name}`);
        await connection.query(text);
      }),
    drop: () =>
      asMariaDbAdministrator(url, async (connection) => {
        await connection.query(`DROP DATABASE IF EXISTS ${name}`);
        for (const host of ['%', 'localhost'])
          await connection.query(`DROP USER IF EXISTS ${name}@'${host}'`);
      }),
  };
}

async function asMariaDbAdministrator<T>(
  url: string,
  work: (connection: mysql.Connection) => Promise<T>,
): Promise<T> {
  const connection = await mysql.createConnection({
    uri: url,
    multipleStatements: true,
    connectTimeout: 3000,
  });
  connection.on('error', () => {});
  try {
    return await work(connection);
  } finally {
    await connection.end().catch(() => {});
  }
}

function hidePassword(text: string): string {
  const url = new URL(text);
  url.password = '';
  return url.href;
}
