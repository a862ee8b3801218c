import type { DataSource, EntityMetadata } from 'typeorm';
import type {
  ColumnDescription,
  DialectName,
  IndexDescription,
  ModelDescription,
  ReferenceDescription,
} from '../../models/description.ts';
import { type ReadType, readSqlType } from '../sql-types.ts';

/** A column as TypeORM's metadata has it; its class is not exported by name from the package's root in every version. */
export type ColumnMetadata = EntityMetadata['columns'][number];

/** One entity with its description. */
export interface TypeOrmModel {
  readonly metadata: EntityMetadata;
  readonly model: ModelDescription;
  /** By field. */
  readonly columns: ReadonlyMap<string, ColumnMetadata>;
}

/** Describes each entity that has a table and a key of its own. Views, and tables that only join two others, are none. */
export function describeEntities(dataSource: DataSource, dialect: DialectName): TypeOrmModel[] {
  return dataSource.entityMetadatas
    .filter((metadata) => metadata.tableType === 'regular' && metadata.primaryColumns.length > 0)
    .map((metadata) => describeEntity(dataSource, dialect, metadata));
}

function describeEntity(
  dataSource: DataSource,
  dialect: DialectName,
  metadata: EntityMetadata,
): TypeOrmModel {
  const columns = new Map(
    metadata.columns.filter((column) => !column.isVirtualProperty).map((column) => [fieldOf(column), column]),
  );
  const fields = (of: readonly ColumnMetadata[]): string[] => of.map(fieldOf);
  const deleted = metadata.deleteDateColumn;
  // MySQL has no schemas: another database takes their place.
  const schema = dialect === 'mysql' ? otherDatabase(dataSource, metadata) : metadata.schema;
  const model: ModelDescription = {
    name: metadata.name,
    table: metadata.tableName,
    ...(schema === undefined || schema === '' ? {} : { schema }),
    columns: [...columns].map(([name, column]) => describeColumn(dataSource, dialect, name, column)),
    key: fields(metadata.primaryColumns),
    indexes: describeIndexes(metadata),
    references: describeReferences(metadata),
    ...(deleted ? { softDelete: { field: fieldOf(deleted), deletedWhen: 'not_null' } } : {}),
  };
  return { metadata, model, columns };
}

const otherDatabase = (dataSource: DataSource, metadata: EntityMetadata): string | undefined =>
  metadata.database === dataSource.options.database ? undefined : metadata.database;

/**
 * The property; of a column that a relation made, the relation's, or the column's own name where the relation has several.
 */
function fieldOf(column: ColumnMetadata): string {
  const relation = column.isVirtual ? column.relationMetadata : undefined;
  if (!relation) return column.propertyPath;
  return relation.joinColumns.length > 1 ? column.databaseName : relation.propertyPath;
}

function describeColumn(
  dataSource: DataSource,
  dialect: DialectName,
  name: string,
  column: ColumnMetadata,
): ColumnDescription {
  const sqlType = sqlTypeOf(dataSource, column);
  const isOurs = column.isVersion || column.isDiscriminator || column.isTreeLevel;
  return {
    name,
    column: column.databaseName,
    ...readType(dialect, column, sqlType),
    isNullable: column.isNullable,
    hasDefault:
      (column.default !== undefined && column.default !== null) ||
      column.isGenerated ||
      column.isCreateDate ||
      column.isUpdateDate ||
      isOurs,
    isGenerated:
      column.generatedType !== undefined ||
      column.asExpression !== undefined ||
      column.generatedIdentity === 'ALWAYS' ||
      isOurs ||
      (!column.isInsert && !column.isUpdate),
    sqlType,
    ...(isByteOrdered(column.collation) ? { isByteOrdered: true } : {}),
    ...(column.isSelect ? {} : { isHidden: true }),
  };
}

const isByteOrdered = (collation: string | undefined): boolean =>
  collation !== undefined && /^(C|POSIX|.*_bin)$/.test(collation);

/** The type as its driver writes it, with what it needs in brackets. */
function sqlTypeOf(dataSource: DataSource, column: ColumnMetadata): string {
  const { driver } = dataSource;
  const base = driver.normalizeType(column as Parameters<typeof driver.normalizeType>[0]);
  if (base === 'enum' || base === 'simple-enum')
    return dataSource.options.type === 'postgres'
      ? (column.enumName ?? 'enum')
      : `enum(${(column.enum ?? []).map((word) => `'${String(word).replaceAll("'", "''")}'`).join(',')})`;
  const length = driver.getColumnLength(column);
  const { precision, scale } = column;
  const size = length ? `(${length})` : sizeOf(precision, scale);
  const [first, ...rest] = base.split(' ');
  // `timestamp(6) with time zone`
  const whole =
    rest[0] === 'with' || rest[0] === 'without' ? `${first}${size} ${rest.join(' ')}` : `${base}${size}`;
  return `${whole}${column.unsigned ? ' unsigned' : ''}${column.isArray ? '[]' : ''}`;
}

function sizeOf(precision: number | null | undefined, scale: number | undefined): string {
  if (precision === null || precision === undefined) return '';
  return scale === undefined ? `(${precision})` : `(${precision}, ${scale})`;
}

function readType(
  dialect: DialectName,
  column: ColumnMetadata,
  sqlType: string,
): ReadType & Pick<ColumnDescription, 'storage'> {
  // What a transformer does is the product's own; `simple-array` puts commas between texts that may have some.
  if (column.transformer !== undefined || column.type === 'simple-array' || column.type === 'set')
    return { type: 'unknown' };
  if (column.type === 'enum' || column.type === 'simple-enum') {
    const values = (column.enum ?? []).map(String);
    return column.isArray ? { type: 'array', itemType: 'enum', values } : { type: 'enum', values };
  }
  if (column.type === 'simple-json') return { type: 'json' };
  if (column.type === Boolean || column.type === 'boolean' || column.type === 'bool')
    return { type: 'boolean' };
  if (dialect === 'sqlite' && /^datetime/.test(sqlType)) return { type: 'timestamp', storage: 'utc_text' };
  if (dialect === 'sqlite' && /^jsonb?$/.test(sqlType)) return { type: 'json' };
  // TypeORM keeps a UUID as a text where the database has no such type.
  if (column.type === 'uuid') return { type: 'uuid' };
  return readSqlType(dialect, sqlType);
}

function describeIndexes(metadata: EntityMetadata): IndexDescription[] {
  const key = { columns: metadata.primaryColumns.map(fieldOf), isUnique: true, isPartial: false };
  const uniques = metadata.uniques.map(({ name, columns }) => ({
    name,
    columns: columns.map(fieldOf),
    isUnique: true,
    isPartial: false,
  }));
  const indexes = metadata.indices
    .filter(({ isSpatial, isFulltext, columns }) => !isSpatial && !isFulltext && columns.length > 0)
    .filter(({ type }) => type === undefined || type === 'btree')
    .map(({ name, columns, isUnique, where }) => ({
      name,
      columns: columns.map(fieldOf),
      isUnique,
      isPartial: where !== undefined,
    }));
  return [key, ...uniques, ...indexes];
}

function describeReferences(metadata: EntityMetadata): ReferenceDescription[] {
  const found = new Map<string, ReferenceDescription>();
  const add = (
    columns: readonly ColumnMetadata[],
    model: string,
    targets: readonly (ColumnMetadata | undefined)[],
  ) => {
    const [column, target] = [columns[0], targets[0]];
    if (columns.length !== 1 || !column || !target || found.has(fieldOf(column))) return;
    found.set(fieldOf(column), { field: fieldOf(column), model, targetField: fieldOf(target) });
  };
  for (const { columns, referencedColumns, referencedEntityMetadata } of metadata.foreignKeys)
    add(columns, referencedEntityMetadata.name, referencedColumns);
  for (const { joinColumns, inverseEntityMetadata } of [
    ...metadata.manyToOneRelations,
    ...metadata.ownerOneToOneRelations,
  ])
    add(
      joinColumns,
      inverseEntityMetadata.name,
      joinColumns.map((column) => column.referencedColumn),
    );
  return [...found.values()];
}
