import { type Column, createTableRelationsHelpers, is, One, type Relations, type Table } from 'drizzle-orm';
import { PgArray, PgEnumColumn, PgEnumObjectColumn } from 'drizzle-orm/pg-core';
import { SQLiteTimestamp } from 'drizzle-orm/sqlite-core';
import type {
  ColumnDescription,
  DialectName,
  IndexDescription,
  ModelDescription,
  ReferenceDescription,
} from '../../models/description.ts';
import { type ReadType, readSqlType } from '../sql-types.ts';
import { columnName, type DrizzleCasing, type DrizzleTable } from './tables.ts';

/** Where rows of a model count as deleted: Drizzle itself has no such idea, so the product says it. */
export type SoftDeletes = Readonly<Record<string, NonNullable<ModelDescription['softDelete']>>>;

/** Describes each table that has a primary key, by the name of its export. */
export function describeTables(
  tables: readonly DrizzleTable[],
  relations: readonly Relations[],
  options: { readonly casing?: DrizzleCasing | undefined; readonly softDeletes?: SoftDeletes | undefined },
): ModelDescription[] {
  // Of a table that is exported twice, the first name is what others refer to.
  const byTable = new Map(tables.toReversed().map((one) => [one.table, one]));
  return tables
    .map((one) => describeTable(one, byTable, relations, options))
    .filter((model) => model.key.length > 0);
}

function describeTable(
  one: DrizzleTable,
  byTable: ReadonlyMap<Table, DrizzleTable>,
  relations: readonly Relations[],
  options: { readonly casing?: DrizzleCasing | undefined; readonly softDeletes?: SoftDeletes | undefined },
): ModelDescription {
  const softDelete = options.softDeletes?.[one.name];
  if (softDelete && !one.columns.has(softDelete.field))
    throw new TypeError(
      `softDeletes names ${one.name}.${softDelete.field}, which is no column of that table.`,
    );
  return {
    name: one.name,
    table: one.databaseName,
    ...(one.schema === undefined ? {} : { schema: one.schema }),
    columns: [...one.columns].map(([name, column]) => describeColumn(one, name, column, options.casing)),
    key: fieldsOf(one, one.key),
    indexes: describeIndexes(one),
    references: describeReferences(one, byTable, relations),
    ...(softDelete ? { softDelete } : {}),
  };
}

function describeColumn(
  one: DrizzleTable,
  name: string,
  column: Column,
  casing: DrizzleCasing | undefined,
): ColumnDescription {
  const read = readType(one.dialect, column);
  return {
    name,
    column: columnName(column, casing),
    ...read,
    isNullable: !column.notNull && !one.key.some((part) => part.name === column.name),
    hasDefault:
      column.hasDefault ||
      column.defaultFn !== undefined ||
      column.onUpdateFn !== undefined ||
      givesItself(column),
    isGenerated: column.generated !== undefined || column.generatedIdentity?.type === 'always',
    sqlType: sqlTypeOf(column),
  };
}

/** Numbers that the database counts up: `serial`, identity, MySQL's auto-increment, and a lone integer key of SQLite. */
function givesItself(column: Column): boolean {
  const { autoIncrement } = column as { autoIncrement?: boolean };
  return (
    autoIncrement === true ||
    column.generatedIdentity !== undefined ||
    (column.primary && column.columnType === 'SQLiteInteger')
  );
}

/** A type as a cast names it. Drizzle writes `timestamp (3) with time zone`, which PostgreSQL takes too. */
function sqlTypeOf(column: Column): string {
  const text = column.getSQLType();
  const { enum: declared } = column as { enum?: { enumName?: string; schema?: string | undefined } };
  return declared?.schema ? `"${declared.schema}"."${declared.enumName}"` : text;
}

function readType(dialect: DialectName, column: Column): ReadType & Pick<ColumnDescription, 'storage'> {
  if (is(column, PgArray)) {
    const item = readType(dialect, column.baseColumn as Column);
    return item.type === 'unknown' || item.type === 'array'
      ? { type: 'unknown' }
      : { type: 'array', itemType: item.type, ...(item.values ? { values: item.values } : {}) };
  }
  // Its `toDriver` may do anything (encrypt, say): what it does not know of must not be written past it.
  if (isMapped(column)) return { type: 'unknown' };
  if (is(column, PgEnumColumn) || is(column, PgEnumObjectColumn))
    return { type: 'enum', values: [...(column.enumValues ?? [])] };
  const read = dialect === 'sqlite' ? readSqliteType(column) : readSqlType(dialect, column.getSQLType());
  // A text with a closed list of words: Drizzle promises them, though the database may not.
  // (And it writes MySQL's own ENUM without doubling the quotes in its words, so that only this list is right.)
  const isWord = ['string', 'text', 'enum'].includes(read.type);
  return isWord && column.enumValues && column.enumValues.length > 0
    ? { type: 'enum', values: [...column.enumValues] }
    : read;
}

function isMapped(column: Column): boolean {
  if (column.dataType !== 'custom') return false;
  const { mapTo, mapFrom } = column as { mapTo?: unknown; mapFrom?: unknown };
  return typeof mapTo === 'function' || typeof mapFrom === 'function';
}

/** SQLite has five ways to hold a value; what it means is in Drizzle's mode. */
function readSqliteType(column: Column): ReadType & Pick<ColumnDescription, 'storage'> {
  switch (column.columnType) {
    case 'SQLiteBoolean':
      return { type: 'boolean' };
    case 'SQLiteTimestamp':
      return {
        type: 'timestamp',
        storage:
          is(column, SQLiteTimestamp) && column.mode === 'timestamp' ? 'epoch_seconds' : 'epoch_milliseconds',
      };
    case 'SQLiteTextJson':
      return { type: 'json' };
    case 'SQLiteBlobBuffer':
      return { type: 'bytes' };
    case 'SQLiteBlobJson':
    case 'SQLiteBigInt':
      // Text inside a blob: neither comparable nor searchable as what it means.
      return { type: 'unknown' };
    case 'SQLiteNumericBigInt':
      return { type: 'bigint' };
    case 'SQLiteText': {
      const { length } = column as { length?: number };
      return length === undefined ? { type: 'text' } : { type: 'string', maxLength: length };
    }
    default:
      return readSqlType('sqlite', column.getSQLType());
  }
}

function describeIndexes(one: DrizzleTable): IndexDescription[] {
  const byName = new Map([...one.columns].map(([field, column]) => [column.name, field]));
  const key: IndexDescription = { columns: fieldsOf(one, one.key), isUnique: true, isPartial: false };
  const others = one.indexes
    .filter((index) => index.columns.length > 0)
    .map((index) => ({
      ...(index.name === undefined ? {} : { name: index.name }),
      columns: index.columns.map(({ name }) => byName.get(name) ?? name),
      isUnique: index.isUnique,
      isPartial: index.isPartial,
      ...(/_pattern_ops$/.test(index.columns[0]?.opClass ?? '') ? { servesPrefix: true } : {}),
    }));
  return key.columns.length > 0 ? [key, ...others] : others;
}

function describeReferences(
  one: DrizzleTable,
  byTable: ReadonlyMap<Table, DrizzleTable>,
  relations: readonly Relations[],
): ReferenceDescription[] {
  const helpers = createTableRelationsHelpers(one.table);
  const related = relations
    .filter((relation) => relation.table === one.table)
    .flatMap((relation) => Object.values(relation.config(helpers)))
    .flatMap((relation) =>
      is(relation, One) && relation.config
        ? [
            {
              columns: relation.config.fields as readonly Column[],
              foreignTable: relation.referencedTable as Table,
              foreignColumns: relation.config.references as readonly Column[],
            },
          ]
        : [],
    );
  const found = new Map<string, ReferenceDescription>();
  for (const key of [...one.foreignKeys, ...related]) {
    const target = byTable.get(key.foreignTable);
    const [field] = fieldsOf(one, key.columns);
    const [targetField] = target ? fieldsOf(target, key.foreignColumns) : [];
    if (!target || !field || !targetField || key.columns.length !== 1 || found.has(field)) continue;
    found.set(field, { field, model: target.name, targetField });
  }
  return [...found.values()];
}

function fieldsOf(one: DrizzleTable, columns: readonly Column[]): string[] {
  const byName = new Map([...one.columns].map(([field, column]) => [column.name, field]));
  return columns.map((column) => byName.get(column.name)).filter((field) => field !== undefined);
}
