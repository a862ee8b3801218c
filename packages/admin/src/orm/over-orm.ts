import type { DialectName, ModelDescription } from '../models/description.ts';
import type { OrmAdapter, OrmTransaction, RawRow, Statement } from './adapter.ts';
import { SerialWork } from './serial-work.ts';
import { flavourOf, limitMySqlStatement, type MySqlFlavour } from './statement-timeout.ts';

/** How an ORM reaches its database. `Place` is where statements run: on a connection of its pool, or inside of a transaction. */
export interface OrmReach<Place> {
  readonly dialect: DialectName;
  placeOf(db: unknown): Place;
  /** What has one transaction at a time on SQLite. */
  connectionOf(place: Place): object;
  run(place: Place, statement: Statement): Promise<readonly RawRow[]>;
  transact<T>(place: Place, work: (inner: Place) => Promise<T>): Promise<T>;
  /** What our own work is given inside of a transaction. */
  transactionAt(inner: Place): OrmTransaction;
  /** An error as the library knows it. */
  readError(error: unknown): unknown;
}

/** The number that MySQL counted up last: what drivers tell of it is a number in JavaScript, which ends before BIGINT does. */
export const lastInsertId: Statement = {
  text: 'SELECT CAST(LAST_INSERT_ID() AS CHAR) AS id',
  values: [],
  columns: ['id'],
};

/** An adapter over such an ORM: time limits as each database has them, and one thing after the other on SQLite. */
export function adapterOver<Place>(reach: OrmReach<Place>, models: readonly ModelDescription[]): OrmAdapter {
  return new AdapterOver(reach, models);
}

class AdapterOver<Place> implements OrmAdapter {
  readonly dialect: DialectName;
  readonly #reach: OrmReach<Place>;
  readonly #models: readonly ModelDescription[];
  readonly #serial = new SerialWork();
  #flavour: Promise<MySqlFlavour> | undefined;

  constructor(reach: OrmReach<Place>, models: readonly ModelDescription[]) {
    this.dialect = reach.dialect;
    this.#reach = reach;
    this.#models = models;
  }

  models(): readonly ModelDescription[] {
    return this.#models;
  }

  async query(
    db: unknown,
    statement: Statement,
    { timeoutMs }: { readonly timeoutMs?: number } = {},
  ): Promise<readonly RawRow[]> {
    const reach = this.#reach;
    const place = reach.placeOf(db);
    try {
      if (this.dialect === 'sqlite')
        return await this.#serial.run(reach.connectionOf(place), () => reach.run(place, statement));
      if (timeoutMs === undefined) return await reach.run(place, statement);
      if (this.dialect === 'mysql')
        return await reach.run(
          place,
          limitMySqlStatement(await this.#flavourAt(place), statement, timeoutMs),
        );
      return await reach.transact(place, async (inner) => {
        const text = `SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`;
        await reach.run(inner, { text, values: [] });
        return reach.run(inner, statement);
      });
    } catch (error) {
      throw reach.readError(error);
    }
  }

  async execute(db: unknown, text: string): Promise<void> {
    await this.query(db, { text, values: [] });
  }

  async transaction<T>(db: unknown, work: (tx: OrmTransaction) => Promise<T>): Promise<T> {
    const reach = this.#reach;
    const place = reach.placeOf(db);
    const begin = () => reach.transact(place, (inner) => work(reach.transactionAt(inner)));
    try {
      return await (this.dialect === 'sqlite' ? this.#serial.run(reach.connectionOf(place), begin) : begin());
    } catch (error) {
      // A constraint that is checked at the end fails at the commit.
      throw reach.readError(error);
    }
  }

  #flavourAt(place: Place): Promise<MySqlFlavour> {
    this.#flavour ??= this.#reach.run(place, { text: 'SELECT VERSION() AS version', values: [] }).then(
      ([row]) => flavourOf(String(row?.version)),
      (error) => {
        this.#flavour = undefined;
        throw error;
      },
    );
    return this.#flavour;
  }
}
