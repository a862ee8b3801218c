import type { DataSource, EntityManager, ObjectLiteral } from 'typeorm';
import type { ColumnDescription, DialectName, ModelDescription } from '../../models/description.ts';
import type { OrmAdapter, OrmTransaction, RawRow, Statement, WireValues } from '../adapter.ts';
import { readDatabaseError } from '../database-errors.ts';
import { exactTimes, keyCondition } from '../key-condition.ts';
import { columnNamed, keyToWire, toOrmValue, untouchedTimes } from '../orm-values.ts';
import { adapterOver, lastInsertId } from '../over-orm.ts';
import { type ColumnMetadata, describeEntities, type TypeOrmModel } from './describe.ts';

const dialects: Readonly<Record<string, DialectName>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
  sqlite: 'sqlite',
  sqljs: 'sqlite',
};

/**
 * Administers the entities of a TypeORM data source, by their names. Writes go through its entity manager, so that subscribers
 * and listeners hear of them; what has a `@DeleteDateColumn` is deleted softly.
 *
 * @param dataSource initialized: its entities are known from then on
 * @throws TypeError before that, and for databases other than PostgreSQL, MariaDB, MySQL and SQLite
 * @example
 * configureAdminAuth({ issuer, audience: 'orders', schema: typeormAdmin(await dataSource.initialize()) });
 */
export function typeormAdmin(dataSource: DataSource): OrmAdapter {
  const dialect = dialects[dataSource.options.type];
  if (dialect === undefined)
    throw new TypeError(`A data source of ${dataSource.options.type} can't be administered.`);
  if (!dataSource.isInitialized)
    throw new TypeError('Initialize the data source first: its entities are not known before that.');
  const described = describeEntities(dataSource, dialect);
  const models = new Map(described.map((one) => [one.model.name, one]));
  return adapterOver<EntityManager>(
    {
      dialect,
      placeOf: managerOf,
      connectionOf: (manager) => manager.dataSource,
      run,
      transact: (manager, work) => manager.transaction(work),
      transactionAt: (manager) => new TypeOrmTransaction(dialect, models, manager),
      readError: (error) => readDatabaseError(dialect, error),
    },
    described.map(({ model }) => model),
  );
}

/** `getDb` may give the data source, or the manager of a transaction of the product's own. */
function managerOf(db: unknown): EntityManager {
  const { manager } = db as Partial<DataSource>;
  return manager ?? (db as EntityManager);
}

/** Runs a statement. What gives no rows is answered in other ways by each driver. */
async function run(manager: EntityManager, { text, values }: Statement): Promise<readonly RawRow[]> {
  const raw: unknown = await manager.query(text, [...values]);
  if (!Array.isArray(raw)) return [];
  // PostgreSQL's answer to a change: its rows, and how many there were.
  const rows: readonly unknown[] = Array.isArray(raw[0]) ? raw[0] : raw;
  return rows.filter((row): row is RawRow => typeof row === 'object' && row !== null);
}

class TypeOrmTransaction implements OrmTransaction {
  readonly db: EntityManager;
  readonly #dialect: DialectName;
  readonly #models: ReadonlyMap<string, TypeOrmModel>;

  constructor(dialect: DialectName, models: ReadonlyMap<string, TypeOrmModel>, manager: EntityManager) {
    this.db = manager;
    this.#dialect = dialect;
    this.#models = models;
  }

  query(statement: Statement): Promise<readonly RawRow[]> {
    return this.#read(undefined, () => run(this.db, statement));
  }

  insert(model: ModelDescription, values: WireValues): Promise<WireValues> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const entity = this.db.create(one.metadata.target) as ObjectLiteral;
      this.#assign(one, entity, values);
      // `save` would change a row that has this key already; an insert never does, and tells the same subscribers.
      await this.db
        .createQueryBuilder()
        .insert()
        .into(one.metadata.target, insertedPaths(one, values))
        .values(entity)
        .execute();
      const key: Record<string, unknown> = {};
      for (const field of model.key)
        key[field] = field in values ? values[field] : await this.#made(one, entity, field);
      await this.#setExactTimes(one, entity, key, values);
      return key;
    });
  }

  update(model: ModelDescription, key: WireValues, values: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const entity = await this.#load(one, key);
      if (!entity) return 0;
      this.#assign(one, entity, values);
      await this.db.save(one.metadata.target, entity, { transaction: false, reload: false });
      await this.#setExactTimes(one, entity, key, values);
      return 1;
    });
  }

  delete(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const entity = await this.#load(one, key);
      if (!entity) return 0;
      await (one.metadata.deleteDateColumn
        ? this.db.softRemove(one.metadata.target, entity, { transaction: false })
        : this.db.remove(one.metadata.target, entity, { transaction: false }));
      return 1;
    });
  }

  restore(model: ModelDescription, key: WireValues): Promise<number> {
    return this.#read(model, async () => {
      const one = this.#of(model);
      const entity = one.metadata.deleteDateColumn ? await this.#load(one, key, true) : null;
      if (!entity) return 0;
      await this.db.recover(one.metadata.target, entity, { transaction: false });
      return 1;
    });
  }

  /** The row as an entity, held until the transaction is over; softly deleted ones are not there, unless they are asked for. */
  async #load(
    { metadata, model }: TypeOrmModel,
    key: WireValues,
    withDeleted = false,
  ): Promise<ObjectLiteral | null> {
    const { texts, values } = keyCondition(this.#dialect, model, key);
    const text = texts.reduce((before, after, place) => `${before}:castellan${place - 1}${after}`);
    const parameters = Object.fromEntries(values.map((value, place) => [`castellan${place}`, value]));
    const query = this.db.createQueryBuilder<ObjectLiteral>(metadata.target, 'one').where(text, parameters);
    if (withDeleted) query.withDeleted();
    if (this.#dialect !== 'sqlite') query.setLock('pessimistic_write');
    return query.getOne();
  }

  #assign(one: TypeOrmModel, entity: ObjectLiteral, values: WireValues): void {
    for (const [field, value] of Object.entries(values)) {
      const metadata = one.columns.get(field);
      if (!metadata) throw new TypeError(`${one.model.name} has no field ${field}.`);
      const own = this.#ownValue(columnNamed(one.model, field), metadata, value);
      if (own === null && metadata.isVirtual && metadata.relationMetadata)
        metadata.relationMetadata.setEntityValue(entity, null);
      else metadata.setEntityValue(entity, own);
    }
  }

  #ownValue(column: ColumnDescription, metadata: ColumnMetadata, value: unknown): unknown {
    // Some versions of TypeORM take a text for JSON that is written already, where JSON is kept in a text.
    if (column.type === 'json' && typeof value === 'string') {
      const { driver } = this.db.dataSource;
      return driver.preparePersistentValue('x', metadata) === 'x' ? JSON.stringify(value) : value;
    }
    if (column.type === 'enum') return metadata.enum?.find((word) => String(word) === value) ?? value;
    return toOrmValue(column, value);
  }

  /** A key that TypeORM or the database made. */
  async #made({ model, columns }: TypeOrmModel, entity: ObjectLiteral, field: string): Promise<unknown> {
    const [metadata, column] = [columns.get(field), columnNamed(model, field)];
    if (this.#dialect === 'mysql' && metadata?.generationStrategy === 'increment') {
      const [row] = await run(this.db, lastInsertId);
      return keyToWire(column, row?.id);
    }
    const value: unknown = metadata?.getEntityValue(entity);
    if (value === undefined || value === null)
      throw new TypeError(
        `TypeORM does not tell which ${field} of ${model.name} the database made: give it.`,
      );
    return keyToWire(column, value);
  }

  async #setExactTimes(
    one: TypeOrmModel,
    entity: ObjectLiteral,
    key: WireValues,
    values: WireValues,
  ): Promise<void> {
    // In a text of SQLite TypeORM itself reads milliseconds, and no more.
    if (this.#dialect === 'sqlite') return;
    const times = untouchedTimes(one.model, values, (field) =>
      one.columns.get(field)?.getEntityValue(entity),
    );
    const statement = exactTimes(this.#dialect, one.model, key, times);
    if (statement) await run(this.db, statement);
  }

  #of(model: ModelDescription): TypeOrmModel {
    const found = this.#models.get(model.name);
    if (!found) throw new TypeError(`${model.name} is no entity of this data source.`);
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

/**
 * The columns to insert. TypeORM's own choice leaves a key out that the database could count up, although it was given, and on
 * SQLite holds columns that the database computes.
 */
function insertedPaths({ columns }: TypeOrmModel, values: WireValues): string[] {
  return [...columns]
    .filter(([, { isInsert, generatedType, asExpression }]) => isInsert && !generatedType && !asExpression)
    .filter(([field, { generationStrategy }]) => field in values || generationStrategy !== 'increment')
    .map(([, { propertyPath }]) => propertyPath);
}
