import { type SQL, sql, type Table } from 'drizzle-orm';
import type { ColumnDescription, DialectName, ModelDescription } from '../../models/description.ts';
import { dialectNamed } from '../../query/codecs.ts';
import { toStatement } from '../../query/sql.ts';
import type { OrmAdapter, OrmTransaction, RawRow, Statement, WireValues } from '../adapter.ts';
import { readDatabaseError } from '../database-errors.ts';
import { instantOfMySql, toDatabaseValue } from '../database-values.ts';
import { keyCondition } from '../key-condition.ts';
import { columnNamed } from '../orm-values.ts';
import { lastInsertId } from '../over-orm.ts';
import { SerialWork } from '../serial-work.ts';
import { flavourOf, limitMySqlStatement, type MySqlFlavour } from '../statement-timeout.ts';
import { describeTables, type SoftDeletes } from './describe.ts';
import { PostgresqlSession } from './postgresql-session.ts';
import { asDrizzleSql } from './raw-sql.ts';
import { runStatement } from './run-statement.ts';
import { type DrizzleCasing, type DrizzleTable, readSchema } from './tables.ts';

/** What a Drizzle schema can't say of itself. */
export interface DrizzleAdminOptions {
  /** The `casing` that the product gives to `drizzle()`; columns without a name of their own follow it. */
  readonly casing?: DrizzleCasing;
  /** Models whose rows are marked and not removed. */
  readonly softDeletes?: SoftDeletes;
  /**
   * Lets PostgreSQL keep the statements of lists, which then cost it about a third less. Not behind a pooler that hands out
   * connections by transaction, unless it knows prepared statements (PgBouncer 1.21 with `max_prepared_statements`).
   */
  readonly preparesStatements?: boolean;
}

/**
 * What is called on the three dialects' databases and transactions. They share no type in Drizzle, and their own types follow the
 * product's schema, which is not known here.
 */
interface DrizzleDatabase {
  insert(table: Table): { values(values: Record<string, unknown>): ReturningQuery };
  update(table: Table): { set(values: Record<string, unknown>): { where(condition: SQL): ReturningQuery } };
  delete(table: Table): { where(condition: SQL): ReturningQuery };
  execute(query: SQL): Promise<unknown>;
  /** SQLite. */
  all(query: SQL): Promise<readonly unknown[]>;
  run(query: SQL): Promise<unknown>;
  transaction<T>(work: (tx: DrizzleDatabase) => Promise<T>, config?: object): Promise<T>;
}

interface ReturningQuery extends PromiseLike<unknown> {
  returning(fields: Record<string, SQL>): PromiseLike<readonly Record<string, unknown>[]>;
}

/**
 * Administers the tables of a Drizzle schema, by the names of their exports.
 *
 * @param schema what `drizzle(client, { schema })` takes: tables and relations; other exports are left alone
 * @throws TypeError when there is no table in it, or tables of different databases
 * @example
 * configureAdminAuth({ issuer, audience: 'orders', schema: drizzleAdmin(schema, { casing: 'snake_case' }) });
 */
export function drizzleAdmin(
  schema: Readonly<Record<string, unknown>>,
  options: DrizzleAdminOptions = {},
): OrmAdapter {
  const { tables, relations } = readSchema(schema);
  const dialect = tables[0]?.dialect;
  if (dialect === undefined) throw new TypeError('The schema holds no Drizzle table.');
  if (tables.some((one) => one.dialect !== dialect))
    throw new TypeError('The schema holds tables of different databases; each needs its own service.');
  const models = describeTables(tables, relations, options);
  return new DrizzleAdapter(dialect, new Map(tables.map((one) => [one.name, one])), models, options);
}

class DrizzleAdapter implements OrmAdapter {
  readonly dialect: DialectName;
  readonly #tables: ReadonlyMap<string, DrizzleTable>;
  readonly #models: readonly ModelDescription[];
  readonly #casing: DrizzleCasing | undefined;
  readonly #serial = new SerialWork();
  readonly #session: PostgresqlSession | undefined;
  #flavour: Promise<MySqlFlavour> | undefined;

  constructor(
    dialect: DialectName,
    tables: ReadonlyMap<string, DrizzleTable>,
    models: readonly ModelDescription[],
    { casing, preparesStatements }: DrizzleAdminOptions,
  ) {
    this.dialect = dialect;
    this.#tables = tables;
    this.#models = models;
    this.#casing = casing;
    this.#session = dialect === 'postgresql' ? new PostgresqlSession(preparesStatements ?? false) : undefined;
  }

  models(): readonly ModelDescription[] {
    return this.#models;
  }

  async query(
    db: unknown,
    statement: Statement,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<readonly RawRow[]> {
    const database = this.#database(db);
    const { timeoutMs } = options;
    try {
      switch (this.dialect) {
        case 'sqlite':
          return await this.#serial.run(database, () => runStatement(this.dialect, database, statement));
        case 'mysql':
          return timeoutMs === undefined
            ? await runStatement(this.dialect, database, statement)
            : await runStatement(
                this.dialect,
                database,
                limitMySqlStatement(await this.#flavourOf(database), statement, timeoutMs),
              );
        case 'postgresql':
          return timeoutMs === undefined
            ? await runStatement(this.dialect, database, statement, this.#session)
            : await database.transaction(
                async (tx) => {
                  await tx.execute(
                    sql.raw(`SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`),
                  );
                  return runStatement(this.dialect, tx, statement);
                },
                { accessMode: 'read only' },
              );
      }
    } catch (error) {
      throw readDatabaseError(this.dialect, error);
    }
  }

  async execute(db: unknown, text: string): Promise<void> {
    const database = this.#database(db);
    const statement = sql.raw(text);
    try {
      if (this.dialect === 'sqlite') await this.#serial.run(database, () => database.run(statement));
      else await database.execute(statement);
    } catch (error) {
      throw readDatabaseError(this.dialect, error);
    }
  }

  async transaction<T>(db: unknown, work: (tx: OrmTransaction) => Promise<T>): Promise<T> {
    const database = this.#database(db);
    const run = (tx: DrizzleDatabase) => work(new DrizzleTransaction(this.dialect, this.#tables, tx));
    try {
      return this.dialect === 'sqlite'
        ? await this.#serial.run(database, () => sqliteTransaction(database, run))
        : await database.transaction(run);
    } catch (error) {
      // A constraint that is checked at the end fails at the commit.
      throw readDatabaseError(this.dialect, error);
    }
  }

  #flavourOf(database: DrizzleDatabase): Promise<MySqlFlavour> {
    this.#flavour ??= runStatement('mysql', database, {
      text: 'SELECT VERSION() AS version',
      values: [],
    }).then(
      ([row]) => flavourOf(String(row?.version)),
      (error) => {
        this.#flavour = undefined;
        throw error;
      },
    );
    return this.#flavour;
  }

  /** The product's database, which has to name columns as this adapter was told that it does. */
  #database(db: unknown): DrizzleDatabase {
    const { dialect } = db as { dialect?: { casing?: { convert?: (name: string) => string } } };
    const convert = dialect?.casing?.convert;
    if (convert && convert('aB') !== namedBy(this.#casing))
      throw new TypeError(
        "The database's `casing` is not the one that drizzleAdmin was told: give both the same, as in drizzleAdmin(schema, { casing: 'snake_case' }).",
      );
    return db as DrizzleDatabase;
  }
}

const namedBy = (casing: DrizzleCasing | undefined): string => (casing === 'snake_case' ? 'a_b' : 'aB');

/**
 * Drivers of SQLite are synchronous or not, and Drizzle's transactions of the former refuse work that awaits; a transaction of
 * our own does for both, because nothing else of ours runs on the connection meanwhile.
 */
async function sqliteTransaction<T>(
  database: DrizzleDatabase,
  work: (tx: DrizzleDatabase) => Promise<T>,
): Promise<T> {
  await database.run(sql.raw('BEGIN IMMEDIATE'));
  try {
    const result = await work(database);
    await database.run(sql.raw('COMMIT'));
    return result;
  } catch (error) {
    await database.run(sql.raw('ROLLBACK'));
    throw error;
  }
}

class DrizzleTransaction implements OrmTransaction {
  readonly db: unknown;
  readonly #dialect: DialectName;
  readonly #tables: ReadonlyMap<string, DrizzleTable>;
  readonly #tx: DrizzleDatabase;

  constructor(dialect: DialectName, tables: ReadonlyMap<string, DrizzleTable>, tx: DrizzleDatabase) {
    this.db = tx;
    this.#dialect = dialect;
    this.#tables = tables;
    this.#tx = tx;
  }

  query(statement: Statement): Promise<readonly RawRow[]> {
    return this.#read(undefined, () => runStatement(this.#dialect, this.#tx, statement));
  }

  insert(model: ModelDescription, values: WireValues): Promise<WireValues> {
    return this.#read(model, async () => {
      const { table, columns } = this.#tableOf(model);
      const given: Record<string, unknown> = {};
      for (const field of model.key) {
        const make = columns.get(field)?.defaultFn;
        // Drizzle would call it as well, and not tell what came of it.
        if (!(field in values) && make) given[field] = make();
      }
      const row = { ...this.#held(model, values), ...given };
      const insert = this.#tx.insert(table).values(row);
      const unknown = model.key.filter((field) => !(field in values));
      if (this.#dialect === 'mysql') {
        await insert;
        return {
          ...keyOf(model, { ...values, ...given }),
          ...(await this.#lastInsertId(model, unknown, given)),
        };
      }
      const [made] = await insert.returning(
        Object.fromEntries(model.key.map((field) => [field, sql`CAST(${columns.get(field)} AS text)`])),
      );
      return Object.fromEntries(
        model.key.map((field) => [
          field,
          field in values ? values[field] : fromText(columnNamed(model, field), made?.[field]),
        ]),
      );
    });
  }

  update(model: ModelDescription, key: WireValues, values: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const { table } = this.#tableOf(model);
      return this.#count(
        this.#tx.update(table).set(this.#held(model, values)).where(this.#alive(model, key)),
      );
    });
  }

  delete(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const { table } = this.#tableOf(model);
      const { softDelete } = model;
      if (!softDelete) return this.#count(this.#tx.delete(table).where(this.#where(model, key)));
      const column = columnNamed(model, softDelete.field);
      const mark = softDelete.deletedWhen === 'true' ? true : nowOf(column);
      return this.#count(
        this.#tx
          .update(table)
          .set(this.#held(model, { [softDelete.field]: mark }))
          .where(this.#alive(model, key)),
      );
    });
  }

  restore(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const { softDelete } = model;
      if (!softDelete) return 0;
      const { table } = this.#tableOf(model);
      const mark = softDelete.deletedWhen === 'true' ? false : null;
      return this.#count(
        this.#tx
          .update(table)
          .set(this.#held(model, { [softDelete.field]: mark }))
          .where(this.#where(model, key)),
      );
    });
  }

  /** The row with this key, unless it is marked as deleted. */
  #alive(model: ModelDescription, key: WireValues): SQL {
    const { softDelete } = model;
    if (!softDelete) return this.#where(model, key);
    const column = this.#tableOf(model).columns.get(softDelete.field);
    const alive = softDelete.deletedWhen === 'true' ? sql`${column} IS NOT TRUE` : sql`${column} IS NULL`;
    return sql`${this.#where(model, key)} AND ${alive}`;
  }

  /** MySQL tells the number that it counted up, and nothing else that it made. */
  async #lastInsertId(
    model: ModelDescription,
    unknown: readonly string[],
    given: Readonly<Record<string, unknown>>,
  ): Promise<WireValues> {
    const missing = unknown.filter((field) => !(field in given));
    if (missing.length === 0) return {};
    const isCounted = (field: string) =>
      (this.#tableOf(model).columns.get(field) as { autoIncrement?: boolean } | undefined)?.autoIncrement ===
      true;
    const [field] = missing;
    if (missing.length > 1 || field === undefined || !isCounted(field))
      throw new TypeError(
        `MySQL and MariaDB do not tell which ${missing.join(', ')} they made: let the product make it ($defaultFn), or give it.`,
      );
    const [row] = await runStatement('mysql', this.#tx, lastInsertId);
    return { [field]: fromText(columnNamed(model, field), row?.id) };
  }

  #where(model: ModelDescription, key: WireValues): SQL {
    const { placeholder } = dialectNamed(this.#dialect);
    return asDrizzleSql(this.#dialect, toStatement(keyCondition(this.#dialect, model, key), placeholder, []));
  }

  /** Values as the database holds them, past Drizzle's own mapping, which would round times to milliseconds. */
  #held(model: ModelDescription, values: WireValues): Record<string, SQL> {
    return Object.fromEntries(
      Object.entries(values).map(([field, value]) => [
        field,
        this.#parameter(columnNamed(model, field), value),
      ]),
    );
  }

  #parameter(column: ColumnDescription, value: unknown): SQL {
    const held = sql`${sql.param(toDatabaseValue(this.#dialect, column, value))}`;
    if (this.#dialect !== 'mysql' || column.type !== 'timestamp' || value === null) return held;
    const [before, after] = instantOfMySql.split('?');
    return sql`${sql.raw(before!)}${held}${sql.raw(after!)}`;
  }

  async #count(query: ReturningQuery): Promise<number> {
    if (this.#dialect !== 'mysql') return (await query.returning({ one: sql`1` })).length;
    const [result] = (await query) as [{ affectedRows: number }];
    return result.affectedRows;
  }

  #tableOf(model: ModelDescription): DrizzleTable {
    const found = this.#tables.get(model.name);
    if (!found) throw new TypeError(`${model.name} is no table of this schema.`);
    return found;
  }

  async #read<T>(model: ModelDescription | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw readDatabaseError(this.#dialect, error, model);
    }
  }
}

const keyOf = (model: ModelDescription, values: WireValues): WireValues =>
  Object.fromEntries(model.key.filter((field) => field in values).map((field) => [field, values[field]]));

/** A key that the database made, from its text. */
const fromText = (column: ColumnDescription, text: unknown): unknown =>
  column.type === 'integer' ? Number(text) : String(text);

function nowOf(column: ColumnDescription): unknown {
  const now = new Date().toISOString();
  if (column.type === 'date') return now.slice(0, 10);
  return column.type === 'datetime' ? now.slice(0, -1) : now;
}
