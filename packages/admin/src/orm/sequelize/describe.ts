import type { Model, ModelAttributeColumnOptions, ModelStatic, Sequelize } from 'sequelize';
import type {
  ColumnDescription,
  DialectName,
  IndexDescription,
  ModelDescription,
  ReferenceDescription,
} from '../../models/description.ts';
import { type ReadType, readSqlType } from '../sql-types.ts';

/** One model of Sequelize with its description. */
export interface SequelizeModel {
  readonly own: ModelStatic<Model>;
  readonly model: ModelDescription;
}

/** What Sequelize can't say of a model. */
export interface SequelizeAdminOptions {
  /** Columns that the database computes, by model: Sequelize has no word for them. */
  readonly generated?: Readonly<Record<string, readonly string[]>>;
}

type Attribute = ModelAttributeColumnOptions & { readonly field?: string };

/** A type as Sequelize makes it: an object with a key, or the SQL itself. */
type DataType =
  | string
  | {
      readonly key: string;
      readonly values?: readonly string[];
      readonly type?: DataType;
      toSql(options: { escape(text: string): string }): string;
    };

/** Describes each model that has a key. */
export function describeModels(
  sequelize: Sequelize,
  dialect: DialectName,
  options: SequelizeAdminOptions,
): SequelizeModel[] {
  const all = Object.values(sequelize.models) as ModelStatic<Model>[];
  return all
    .filter((own) => own.primaryKeyAttributes.length > 0)
    .map((own) => ({ own, model: describeModel(all, dialect, own, options.generated?.[own.name] ?? []) }));
}

function describeModel(
  all: readonly ModelStatic<Model>[],
  dialect: DialectName,
  own: ModelStatic<Model>,
  generated: readonly string[],
): ModelDescription {
  const attributes = attributesOf(own);
  const { table, schema } = tableOf(own);
  const deletedAt = own.options.paranoid ? timestampOf(own, 'deletedAt') : undefined;
  const scope = readDefaultScope(own, attributes);
  return {
    name: own.name,
    table,
    ...(schema === undefined ? {} : { schema }),
    columns: [...attributes].map(([name, attribute]) => ({
      ...describeColumn(dialect, own, name, attribute, generated),
      ...(scope.hidden.has(name) ? { isHidden: true } : {}),
    })),
    key: [...own.primaryKeyAttributes],
    indexes: describeIndexes(own, attributes),
    references: describeReferences(all, own, attributes),
    ...(deletedAt ? { softDelete: { field: deletedAt, deletedWhen: 'not_null' } } : {}),
    ...(scope.rows.length > 0 ? { scope: scope.rows } : {}),
    ...(scope.problem === undefined ? {} : { problem: scope.problem }),
  };
}

/** The attributes that have a column. */
function attributesOf(own: ModelStatic<Model>): ReadonlyMap<string, Attribute> {
  return new Map(
    Object.entries(own.getAttributes() as Record<string, Attribute>).filter(
      ([, { type }]) => keyOf(type as DataType) !== 'VIRTUAL',
    ),
  );
}

const keyOf = (type: DataType): string | undefined => (typeof type === 'string' ? undefined : type.key);
/** The type as Sequelize writes it in a table. */
const sqlOf = (type: DataType): string =>
  typeof type === 'string' ? type : type.toSql({ escape: (text) => `'${text.replaceAll("'", "''")}'` });
const columnOf = (name: string, { field }: Attribute): string => field ?? name;

function tableOf(own: ModelStatic<Model>): { readonly table: string; readonly schema?: string } {
  const name = own.getTableName() as string | { tableName: string; schema?: string };
  if (typeof name === 'string') return { table: name };
  return name.schema ? { table: name.tableName, schema: name.schema } : { table: name.tableName };
}

function timestampOf(
  own: ModelStatic<Model>,
  which: 'createdAt' | 'updatedAt' | 'deletedAt',
): string | undefined {
  const { timestamps, [which]: name } = own.options;
  if (timestamps === false || name === false) return undefined;
  return typeof name === 'string' ? name : which;
}

function describeColumn(
  dialect: DialectName,
  own: ModelStatic<Model>,
  name: string,
  attribute: Attribute,
  generated: readonly string[],
): ColumnDescription {
  const type = attribute.type as DataType;
  // Sequelize writes these itself, whatever they are set to.
  const isTimestamp =
    timestampOf(own, 'createdAt') === name ||
    timestampOf(own, 'updatedAt') === name ||
    (own.options.paranoid === true && timestampOf(own, 'deletedAt') === name);
  return {
    name,
    column: columnOf(name, attribute),
    ...readType(dialect, attribute, type),
    isNullable: attribute.allowNull !== false && !attribute.primaryKey,
    hasDefault:
      (attribute.defaultValue !== undefined && attribute.defaultValue !== null) ||
      attribute.autoIncrement === true ||
      isTimestamp,
    isGenerated: generated.includes(name) || isTimestamp,
    sqlType: sqlOf(type),
  };
}

function readType(
  dialect: DialectName,
  attribute: Attribute,
  type: DataType,
): ReadType & Pick<ColumnDescription, 'storage'> {
  // What is turned around on both ways is the product's own.
  if (attribute.get !== undefined && attribute.set !== undefined) return { type: 'unknown' };
  if (typeof type === 'string') return readSqlType(dialect, type);
  switch (type.key) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'ENUM':
      return { type: 'enum', values: [...(type.values ?? [])] };
    case 'UUID':
    case 'UUIDV1':
    case 'UUIDV4':
      return { type: 'uuid' };
    case 'JSON':
    case 'JSONB':
      return { type: 'json' };
    case 'BLOB':
      return { type: 'bytes' };
    case 'DATE':
      // On MySQL its column is without a zone; Sequelize keeps its own zone in every session, and an instant in the column.
      return dialect === 'sqlite' ? { type: 'timestamp', storage: 'utc_offset_text' } : { type: 'timestamp' };
    case 'DATEONLY':
      return { type: 'date' };
    case 'ARRAY': {
      const item = type.type === undefined ? undefined : readType(dialect, {} as Attribute, type.type);
      if (item === undefined || item.type === 'unknown' || item.type === 'array') return { type: 'unknown' };
      return { type: 'array', itemType: item.type, ...(item.values ? { values: item.values } : {}) };
    }
    default:
      return readSqlType(dialect, sqlOf(type).replace(/ (BINARY|ZEROFILL)\b/g, ''));
  }
}

interface IndexOptions {
  readonly name?: string;
  readonly unique?: boolean;
  readonly using?: string;
  readonly type?: string | null;
  readonly operator?: string;
  readonly where?: unknown;
  readonly fields?: readonly unknown[];
}

function describeIndexes(
  own: ModelStatic<Model>,
  attributes: ReadonlyMap<string, Attribute>,
): IndexDescription[] {
  const fieldOf = new Map(
    [...attributes].flatMap(([name, one]) => [
      [name, name],
      [columnOf(name, one), name],
    ]),
  );
  const plain = (fields: readonly unknown[]): string[] => {
    const found: string[] = [];
    for (const one of fields) {
      const { name, attribute } =
        typeof one === 'string' ? { name: one } : (one as { name?: string; attribute?: string });
      const field = fieldOf.get(name ?? attribute ?? '');
      if (field === undefined) break;
      found.push(field);
    }
    return found;
  };
  const { uniqueKeys = {} } = own as unknown as {
    uniqueKeys?: Record<string, { readonly name?: string | false; readonly fields: readonly string[] }>;
  };
  const key = { columns: [...own.primaryKeyAttributes], isUnique: true, isPartial: false };
  const uniques = Object.values(uniqueKeys).map(({ name, fields }) => ({
    ...(name ? { name } : {}),
    columns: plain(fields),
    isUnique: true,
    isPartial: false,
  }));
  const indexes = ((own.options.indexes ?? []) as readonly IndexOptions[])
    .filter(({ using, type }) => (using ?? 'btree').toLowerCase() === 'btree' && !type)
    .map((index) => ({
      ...(index.name === undefined ? {} : { name: index.name }),
      columns: plain(index.fields ?? []),
      isUnique: index.unique === true && plain(index.fields ?? []).length === index.fields?.length,
      isPartial: index.where !== undefined,
      ...(/_pattern_ops$/.test(index.operator ?? '') ? { servesPrefix: true } : {}),
    }));
  return [key, ...uniques, ...indexes].filter(({ columns }) => columns.length > 0);
}

function describeReferences(
  all: readonly ModelStatic<Model>[],
  own: ModelStatic<Model>,
  attributes: ReadonlyMap<string, Attribute>,
): ReferenceDescription[] {
  const found = new Map<string, ReferenceDescription>();
  for (const association of Object.values(own.associations)) {
    const { associationType, foreignKey, target, targetKey } = association as typeof association & {
      targetKey?: string;
    };
    if (associationType === 'BelongsTo' && targetKey && attributes.has(foreignKey))
      found.set(foreignKey, { field: foreignKey, model: target.name, targetField: targetKey });
  }
  for (const [field, { references }] of attributes) {
    if (references === undefined || found.has(field)) continue;
    const { model, key } =
      typeof references === 'string' ? { model: references, key: undefined } : references;
    const wanted = typeof model === 'string' ? { table: model } : tableNamed(model);
    const target = all.find((one) => isTable(tableOf(one), wanted));
    if (!target) continue;
    const targetField =
      [...attributesOf(target)].find(([name, one]) => columnOf(name, one) === key)?.[0] ??
      target.primaryKeyAttribute;
    found.set(field, { field, model: target.name, targetField });
  }
  return [...found.values()];
}

type TableName = { readonly table: string; readonly schema?: string };
const isTable = (one: TableName, other: TableName): boolean =>
  one.table === other.table && (other.schema === undefined || one.schema === other.schema);

function tableNamed(model: unknown): TableName {
  const { tableName, schema } = model as { tableName: string; schema?: string };
  return schema ? { table: tableName, schema } : { table: tableName };
}

interface ReadScope {
  readonly rows: readonly { readonly field: string; readonly value: string | number | boolean | null }[];
  readonly hidden: ReadonlySet<string>;
  readonly problem?: string;
}

/** A default scope of equal values and left-out attributes; what asks for more can't be kept in lists, and is said. */
function readDefaultScope(own: ModelStatic<Model>, attributes: ReadonlyMap<string, Attribute>): ReadScope {
  const scope = (own.options.defaultScope ?? {}) as unknown as {
    where?: object;
    attributes?: readonly unknown[] | { exclude?: readonly string[] };
    [other: string]: unknown;
  };
  const { attributes: shown } = scope;
  const hidden = new Set(
    shown === undefined
      ? []
      : Array.isArray(shown)
        ? [...attributes.keys()].filter(
            (name) => !shown.includes(name) && !own.primaryKeyAttributes.includes(name),
          )
        : ((shown as { exclude?: readonly string[] }).exclude ?? []),
  );
  const where = scope.where ?? {};
  const conditions = Object.entries(where);
  const isPlain = (value: unknown) =>
    value === null || ['string', 'number', 'boolean'].includes(typeof value);
  if (
    Object.getOwnPropertySymbols(where).length > 0 ||
    !conditions.every(([name, value]) => attributes.has(name) && isPlain(value))
  )
    return {
      rows: [],
      hidden,
      problem: `The default scope of ${own.name} asks for more than equal values, which lists of the console can't keep.`,
    };
  return { rows: conditions.map(([field, value]) => ({ field, value })), hidden };
}
