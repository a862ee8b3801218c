import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** As much of `better-sqlite3` as TypeORM uses, over Node's own SQLite, so that nothing has to be compiled. */
export class BetterSqlite3OfNode {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
  }

  prepare(text: string) {
    const statement = this.#database.prepare(text);
    statement.setReadBigInts(true);
    return {
      reader: statement.columns().length > 0,
      all: (...values: SQLInputValue[]) => statement.all(...values).map(withNumbers),
      run: (...values: SQLInputValue[]) => {
        const { changes, lastInsertRowid } = statement.run(...values);
        return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
      },
    };
  }

  pragma(text: string) {
    return this.#database.prepare(`PRAGMA ${text}`).all();
  }

  exec(text: string) {
    this.#database.exec(text);
  }

  close() {
    this.#database.close();
  }
}

/** Numbers as JavaScript counts, and beyond that texts, as TypeORM has them for `bigint`. */
function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value !== 'bigint') return [name, value];
      return [name, Number.isSafeInteger(Number(value)) ? Number(value) : String(value)];
    }),
  );
}
