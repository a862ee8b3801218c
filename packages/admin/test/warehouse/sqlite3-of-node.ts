import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

type Callback = (this: Statement, error: Error | null, rows?: readonly unknown[]) => void;

/** What `sqlite3` tells of a statement that ran. Sequelize reads the name of this class. */
class Statement {
  readonly lastID: number;
  readonly changes: number;

  constructor(lastId: number, changes: number) {
    this.lastID = lastId;
    this.changes = changes;
  }
}

/** As much of `sqlite3` as Sequelize uses, over Node's own SQLite, so that nothing has to be compiled. */
class Database {
  readonly filename: string;
  readonly #database: DatabaseSync;

  constructor(path: string, _mode: number, opened: (error: Error | null) => void) {
    this.filename = path;
    this.#database = new DatabaseSync(path);
    queueMicrotask(() => opened(null));
  }

  serialize(work: () => void): void {
    work();
  }

  run(text: string, values?: unknown, done?: Callback): void {
    this.#answer(text, values, done);
  }

  all(text: string, values?: unknown, done?: Callback): void {
    this.#answer(text, values, done);
  }

  exec(text: string): void {
    this.#database.exec(text);
  }

  close(done?: (error: Error | null) => void): void {
    this.#database.close();
    done?.(null);
  }

  #answer(text: string, values: unknown, done: unknown): void {
    const answer = (typeof values === 'function' ? values : done) as Callback | undefined;
    try {
      const statement = this.#database.prepare(text);
      statement.setReadBigInts(true);
      const given = typeof values === 'function' || values === undefined ? [] : bound(values);
      if (statement.columns().length > 0) {
        const rows = statement.all(...(given as SQLInputValue[])).map(withNumbers);
        answer?.call(new Statement(0, 0), null, rows);
        return;
      }
      const { changes, lastInsertRowid } = statement.run(...(given as SQLInputValue[]));
      answer?.call(new Statement(Number(lastInsertRowid), Number(changes)), null, []);
    } catch (error) {
      answer?.call(new Statement(0, 0), error as Error);
    }
  }
}

/** Names and values, or values alone; and truth as SQLite holds it. */
function bound(values: unknown): readonly unknown[] {
  const held = (value: unknown) => (typeof value === 'boolean' ? Number(value) : value);
  if (Array.isArray(values)) return values.map(held);
  const named = Object.fromEntries(
    Object.entries(values as object).map(([name, value]) => [name, held(value)]),
  );
  return Object.keys(named).length > 0 ? [named] : [];
}

/** Numbers as JavaScript counts, and beyond that texts, as Sequelize has them for `BIGINT`. */
function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value !== 'bigint') return [name, value];
      return [name, Number.isSafeInteger(Number(value)) ? Number(value) : String(value)];
    }),
  );
}

/** What `dialectModule` takes. */
export const sqlite3OfNode = { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
