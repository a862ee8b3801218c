import mysql from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { createMariaDbDatabase, findMariaDb, mariaDbVariable } from './mariadb.ts';

describe('MariaDB for tests', () => {
  it('gives a database of its own to a user that sees no other, and removes both', async () => {
    const database = await createMariaDbDatabase();
    await database.execute('CREATE TABLE thing (id int PRIMARY KEY); INSERT INTO thing VALUES (7)');
    const connection = await mysql.createConnection(database.connection);
    const [things] = await connection.query('SELECT id FROM thing');
    expect(things).toEqual([{ id: 7 }]);
    const [seen] = await connection.query("SHOW DATABASES WHERE `Database` <> 'information_schema'");
    expect(seen).toEqual([{ Database: database.name }]);
    await connection.end();
    await database.drop();
    await expect(mysql.createConnection(database.connection)).rejects.toThrow();
  });

  it('says why there is none, without the password of the server that was named', async () => {
    const found = await findMariaDb({ [mariaDbVariable]: 'mysql://nobody:hush@127.0.0.1:1/' });
    expect(found.url).toBeUndefined();
    expect(found.reason).toMatch(/ECONNREFUSED.*CASTELLAN_MARIADB_URL/);
    expect(found.reason).not.toContain('hush');
  });
});
