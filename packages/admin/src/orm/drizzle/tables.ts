import { Column, is, Relations, SQL, Table } from 'drizzle-orm';
import { toCamelCase, toSnakeCase } from 'drizzle-orm/casing';
import { MySqlTable, getTableConfig as mysqlConfig } from 'drizzle-orm/mysql-core';
import { PgTable, getTableConfig as pgConfig } from 'drizzle-orm/pg-core';
import { SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core';
import type { DialectName } from '../../models/description.ts';

/** One index of a Drizzle table, whichever the dialect. */
export interface DrizzleIndex {
  readonly name: string | undefined;
  /** Leading plain columns; empty where it begins with an expression. */
  readonly columns: readonly IndexedColumn[];
  readonly isUnique: boolean;
  readonly isPartial: boolean;
}

interface IndexedColumn {
  readonly name: string;
  readonly opClass?: string;
}

/** A Drizzle table, read once into what the three dialects have in common. */
export interface DrizzleTable {
  /** The name of its export in the schema. */
  readonly name: string;
  readonly table: Table;
  readonly dialect: DialectName;
  readonly databaseName: string;
  readonly schema: string | undefined;
  /** Property names and columns, in the order of the table's declaration. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Columns of the primary key, in its order. */
  readonly key: readonly Column[];
  readonly indexes: readonly DrizzleIndex[];
  readonly foreignKeys: readonly DrizzleForeignKey[];
}

interface DrizzleForeignKey {
  readonly columns: readonly Column[];
  readonly foreignTable: Table;
  readonly foreignColumns: readonly Column[];
}

/** What every dialect's `getTableConfig` gives, as far as it is read here. */
interface TableConfig {
  readonly name: string;
  readonly schema?: string | undefined;
  readonly indexes: readonly { readonly config: IndexConfig }[];
  readonly foreignKeys: readonly { reference(): DrizzleForeignKey }[];
  readonly primaryKeys: readonly { readonly columns: readonly Column[]; getName(): string }[];
  readonly uniqueConstraints: readonly {
    readonly columns: readonly Column[];
    getName(): string | undefined;
  }[];
}

interface IndexConfig {
  readonly name?: string | undefined;
  readonly columns: readonly unknown[];
  readonly unique?: boolean | undefined;
  readonly where?: SQL | undefined;
  readonly method?: string | undefined;
}

/** The tables and relations of a schema object; everything else that a module exports is left alone. */
export function readSchema(schema: Readonly<Record<string, unknown>>): {
  readonly tables: readonly DrizzleTable[];
  readonly relations: readonly Relations[];
} {
  const tables: DrizzleTable[] = [];
  const relations: Relations[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (is(value, Relations)) relations.push(value);
    if (is(value, Table)) tables.push(readTable(name, value));
  }
  return { tables, relations };
}

function readTable(name: string, table: Table): DrizzleTable {
  const [dialect, config] = configOf(table);
  const columns = new Map(
    Object.entries(table).filter((entry): entry is [string, Column] => is(entry[1], Column)),
  );
  const composite = config.primaryKeys[0]?.columns;
  return {
    name,
    table,
    dialect,
    databaseName: config.name,
    schema: config.schema,
    columns,
    key: composite ?? [...columns.values()].filter((column) => column.primary),
    indexes: readIndexes(config, columns),
    foreignKeys: config.foreignKeys.map((one) => one.reference()),
  };
}

function configOf(table: Table): [DialectName, TableConfig] {
  if (is(table, PgTable)) return ['postgresql', pgConfig(table)];
  if (is(table, MySqlTable)) return ['mysql', mysqlConfig(table) as TableConfig];
  if (is(table, SQLiteTable)) return ['sqlite', { ...sqliteConfig(table) } as TableConfig];
  throw new TypeError(
    'Drizzle tables of PostgreSQL, MySQL and SQLite can be administered; this one is of another kind.',
  );
}

/** Methods whose indexes give rows in the order of their columns. */
const orderedMethods = [undefined, 'btree'];

function readIndexes(config: TableConfig, columns: ReadonlyMap<string, Column>): DrizzleIndex[] {
  const unique = [...columns.values()].filter((column) => column.isUnique);
  return [
    ...unique.map((column) => ({
      name: column.uniqueName,
      columns: [{ name: column.name }],
      isUnique: true,
      isPartial: false,
    })),
    ...config.uniqueConstraints.map((constraint) => ({
      name: constraint.getName(),
      columns: constraint.columns.map(({ name }) => ({ name })),
      isUnique: true,
      isPartial: false,
    })),
    ...config.indexes
      .filter(({ config: index }) => orderedMethods.includes(index.method))
      .map(({ config: index }) => ({
        name: index.name,
        columns: plainColumns(index.columns),
        isUnique: index.unique === true && plainColumns(index.columns).length === index.columns.length,
        isPartial: index.where !== undefined,
      })),
  ];
}

/** The columns before the first expression. */
function plainColumns(entries: readonly unknown[]): IndexedColumn[] {
  const found: IndexedColumn[] = [];
  for (const entry of entries) {
    if (is(entry, SQL)) break;
    const { name, indexConfig } = entry as { name: string; indexConfig?: { opClass?: string } };
    found.push(indexConfig?.opClass ? { name, opClass: indexConfig.opClass } : { name });
  }
  return found;
}

/** How Drizzle was told to name columns that are declared without a name. */
export type DrizzleCasing = 'snake_case' | 'camelCase';

/** A column's name in the database, as Drizzle itself computes it. */
export function columnName(column: Column, casing: DrizzleCasing | undefined): string {
  if (!column.keyAsName || casing === undefined) return column.name;
  return casing === 'snake_case' ? toSnakeCase(column.name) : toCamelCase(column.name);
}
