import type { Model, Sequelize, Transaction } from 'sequelize';
import type { ColumnDescription, DialectName, ModelDescription } from '../../models/description.ts';
import {
  ConstraintFailed,
  type OrmAdapter,
  type OrmTransaction,
  type RawRow,
  type Statement,
  type WireValues,
} from '../adapter.ts';
import { readDatabaseError } from '../database-errors.ts';
import { exactTimes } from '../key-condition.ts';
import { columnNamed, keyToWire, toOrmValue, untouchedTimes } from '../orm-values.ts';
import { adapterOver, lastInsertId } from '../over-orm.ts';
import { describeModels, type SequelizeAdminOptions, type SequelizeModel } from './describe.ts';

const dialects: Readonly<Record<string, DialectName>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
};

/**
 * Administers the models of a Sequelize instance, by their names. Writes go through the models, so that validations and hooks
 * happen; `paranoid` models are deleted softly, default scopes of equal values are kept, virtual attributes are left alone.
 * Inside of a transaction, `db` of a custom action is Sequelize's `Transaction`, to be given as `{ transaction: db }`.
 *
 * @param sequelize with its models defined and associated
 * @throws TypeError for databases other than PostgreSQL, MariaDB, MySQL and SQLite
 * @example
 * configureAdminAuth({ issuer, audience: 'orders', schema: sequelizeAdmin(sequelize, { generated: { Item: ['total'] } }) });
 */
export function sequelizeAdmin(sequelize: Sequelize, options: SequelizeAdminOptions = {}): OrmAdapter {
  const dialect = dialects[sequelize.getDialect()];
  if (dialect === undefined)
    throw new TypeError(`Sequelize on ${sequelize.getDialect()} can't be administered.`);
  const described = describeModels(sequelize, dialect, options);
  const models = new Map(described.map((one) => [one.model.name, one]));
  return adapterOver<Place>(
    {
      dialect,
      placeOf,
      connectionOf: (place) => place.sequelize,
      run: (place, statement) => run(dialect, place, statement),
      transact: (place, work) => transact(place, (transaction) => work({ ...place, transaction })),
      transactionAt: (place) => new SequelizeTransaction(dialect, models, place),
      readError: (error) => readError(dialect, error),
    },
    described.map(({ model }) => model),
  );
}

/** Where a statement runs: on the instance, and in a transaction when there is one. */
interface Place {
  readonly sequelize: Sequelize;
  readonly transaction?: Transaction;
}

/** `getDb` may give the instance, or a transaction of the product's own. */
function placeOf(db: unknown): Place {
  const { sequelize } = db as { readonly sequelize?: Sequelize };
  return sequelize === undefined
    ? { sequelize: db as Sequelize }
    : { sequelize, transaction: db as Transaction };
}

function transact<T>(
  { sequelize, transaction }: Place,
  work: (inner: Transaction) => Promise<T>,
): Promise<T> {
  return transaction ? sequelize.transaction({ transaction }, work) : sequelize.transaction(work);
}

const givesRows = /^\s*(?:SELECT|WITH|SET STATEMENT|PRAGMA)\b/i;

/** Runs a statement. PostgreSQL takes the values beside it; of the others Sequelize writes them into the text, escaped. */
async function run(
  dialect: DialectName,
  place: Place,
  { text, values }: Statement,
): Promise<readonly RawRow[]> {
  const { sequelize, transaction } = place;
  const given =
    values.length === 0
      ? {}
      : dialect === 'postgresql'
        ? { bind: [...values] }
        : { replacements: [...values] };
  const shared = { ...given, raw: true, ...(transaction ? { transaction } : {}) } as const;
  if (givesRows.test(text)) return sequelize.query<RawRow>(text, { ...shared, type: 'SELECT' as never });
  await sequelize.query(text, shared);
  return [];
}

class SequelizeTransaction implements OrmTransaction {
  readonly db: Transaction;
  readonly #dialect: DialectName;
  readonly #models: ReadonlyMap<string, SequelizeModel>;
  readonly #place: Place;

  constructor(dialect: DialectName, models: ReadonlyMap<string, SequelizeModel>, place: Place) {
    if (!place.transaction) throw new TypeError('There is no transaction here.');
    this.db = place.transaction;
    this.#dialect = dialect;
    this.#models = models;
    this.#place = place;
  }

  query(statement: Statement): Promise<readonly RawRow[]> {
    return this.#read(undefined, () => run(this.#dialect, this.#place, statement));
  }

  insert(model: ModelDescription, values: WireValues): Promise<WireValues> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const row = one.own.build(this.#ownValues(model, values) as never);
      await row.save({ transaction: this.db });
      const key: Record<string, unknown> = {};
      for (const field of model.key)
        key[field] = field in values ? values[field] : await this.#made(one, row, field);
      await this.#setExactTimes(one, row, key, values);
      return key;
    });
  }

  update(model: ModelDescription, key: WireValues, values: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const row = await this.#load(one, key);
      if (!row) return 0;
      row.set(this.#ownValues(model, values) as never);
      await row.save({ transaction: this.db });
      await this.#setExactTimes(one, row, key, values);
      return 1;
    });
  }

  delete(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const row = await this.#load(this.#of(model), key);
      if (!row) return 0;
      await row.destroy({ transaction: this.db });
      return 1;
    });
  }

  restore(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const row = model.softDelete ? await this.#load(this.#of(model), key, true) : null;
      if (!row) return 0;
      await row.restore({ transaction: this.db });
      return 1;
    });
  }

  /** The row, held until the transaction is over. Outside of the default scope it is not there, nor softly deleted unless asked. */
  #load({ own, model }: SequelizeModel, key: WireValues, withDeleted = false): Promise<Model | null> {
    const where = Object.fromEntries(
      model.key.map((field) => [field, this.#ownValue(columnNamed(model, field), key[field])]),
    );
    return own.findOne({
      where: where as never,
      transaction: this.db,
      paranoid: !withDeleted,
      ...(this.#dialect === 'sqlite' ? {} : { lock: true }),
    });
  }

  #ownValues(model: ModelDescription, values: WireValues): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(values).map(([field, value]) => [
        field,
        this.#ownValue(columnNamed(model, field), value),
      ]),
    );
  }

  #ownValue(column: ColumnDescription, value: unknown): unknown {
    // A time without a zone is a type that only the product's SQL names: it goes as a text.
    if (column.type === 'datetime' && typeof value === 'string') return value.replace('T', ' ');
    return toOrmValue(column, value);
  }

  /** A key that Sequelize or the database made. */
  async #made({ own, model }: SequelizeModel, row: Model, field: string): Promise<unknown> {
    const column = columnNamed(model, field);
    if (
      this.#dialect === 'mysql' &&
      (own as { autoIncrementAttribute?: string }).autoIncrementAttribute === field
    ) {
      const [made] = await run(this.#dialect, this.#place, lastInsertId);
      return keyToWire(column, made?.id);
    }
    const value: unknown = row.get(field);
    if (value === undefined || value === null)
      throw new TypeError(
        `Sequelize does not tell which ${field} of ${model.name} the database made: give it.`,
      );
    return keyToWire(column, value);
  }

  async #setExactTimes(one: SequelizeModel, row: Model, key: WireValues, values: WireValues): Promise<void> {
    // In a text of SQLite Sequelize itself reads milliseconds, and no more.
    if (this.#dialect === 'sqlite') return;
    const instants = Object.fromEntries(
      Object.entries(values).filter(([field]) => columnNamed(one.model, field).type === 'timestamp'),
    );
    const times = untouchedTimes(one.model, instants, (field) => row.get(field));
    const statement = exactTimes(this.#dialect, one.model, key, times);
    if (statement) await run(this.#dialect, this.#place, statement);
  }

  #of(model: ModelDescription): SequelizeModel {
    const found = this.#models.get(model.name);
    if (!found) throw new TypeError(`${model.name} is no model of this instance.`);
    return found;
  }

  async #read<T>(model: ModelDescription | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw readError(this.#dialect, error, model);
    }
  }
}

/** Sequelize refuses some values itself, before the database does. */
function readError(dialect: DialectName, error: unknown, model?: ModelDescription): unknown {
  const { name, errors } = (error ?? {}) as {
    readonly name?: string;
    readonly errors?: readonly { readonly path: string | null; readonly type: string | null }[];
  };
  if (name !== 'SequelizeValidationError' || errors === undefined)
    return readDatabaseError(dialect, error, model);
  const kind = errors.every(({ type }) => type === 'notNull Violation') ? 'not_null' : 'value';
  const fields = errors.flatMap(({ path }) => (path === null ? [] : [path]));
  return new ConstraintFailed(kind, [...new Set(fields)], { cause: error });
}
