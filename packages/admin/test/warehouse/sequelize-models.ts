import { DataTypes, type Model, type ModelAttributes, type Sequelize } from 'sequelize';
import type { DialectName } from '../../src/models/description.ts';

/** The warehouse's models, as far as Sequelize can say them of each database. What the product hears goes to `heard`. */
export function defineWarehouse(sequelize: Sequelize, dialect: DialectName, heard: string[]): void {
  const isPg = dialect === 'postgresql';
  const isSqlite = dialect === 'sqlite';
  const plain = { timestamps: false, freezeTableName: true } as const;
  const turned = (bytes: Buffer) => Buffer.from([...bytes].reverse());

  const Warehouse = sequelize.define(
    'Warehouse',
    {
      code: { type: DataTypes.STRING(10), primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      openedOn: { type: DataTypes.DATEONLY, field: 'opened_on' },
      /** Not in the database at all. */
      shout: {
        type: DataTypes.VIRTUAL,
        get(this: Model) {
          return String(this.getDataValue('name')).toUpperCase();
        },
      },
    },
    { ...plain, tableName: 'warehouse' },
  );

  const attributes: ModelAttributes = {
    id: { type: isSqlite ? DataTypes.INTEGER : DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    sku: { type: DataTypes.STRING(40), allowNull: false, unique: 'item__sku' },
    title: { type: dialect === 'mysql' ? DataTypes.STRING(500) : DataTypes.TEXT, allowNull: false },
    kind: { type: DataTypes.ENUM('tool', 'food', "it's odd"), allowNull: false, defaultValue: 'tool' },
    ...(isPg
      ? {
          tags: { type: DataTypes.ARRAY(DataTypes.TEXT) },
          sizes: { type: DataTypes.ARRAY(DataTypes.INTEGER) },
          externalId: {
            type: DataTypes.UUID,
            field: 'external_id',
            allowNull: false,
            defaultValue: DataTypes.UUIDV4,
          },
        }
      : {}),
    attributes: { type: isPg ? DataTypes.JSONB : DataTypes.JSON },
    photo: { type: DataTypes.BLOB },
    weight: { type: DataTypes.DECIMAL(20, 6) },
    factor: { type: DataTypes.DOUBLE },
    isFragile: { type: DataTypes.BOOLEAN, field: 'is_fragile', allowNull: false, defaultValue: false },
    madeOn: { type: DataTypes.DATEONLY, field: 'made_on' },
    opensAt: { type: DataTypes.TIME, field: 'opens_at' },
    packedAt: {
      type: isPg ? 'TIMESTAMP WITHOUT TIME ZONE' : dialect === 'mysql' ? 'DATETIME(6)' : DataTypes.DATE,
      field: 'packed_at',
    },
    seenAt: { type: DataTypes.DATE(6), field: 'seen_at', allowNull: false, defaultValue: DataTypes.NOW },
    serialNumber: { type: DataTypes.BIGINT, field: 'serial_number' },
    halfWeight: { type: DataTypes.DECIMAL(20, 6), field: 'half_weight' },
    place: { type: DataTypes.GEOMETRY('POINT') },
    sealedNote: {
      type: DataTypes.BLOB,
      field: 'sealed_note',
      get(this: Model) {
        const bytes = this.getDataValue('sealedNote') as Buffer | null;
        return bytes && turned(bytes).toString();
      },
      set(this: Model, plainText: string | null) {
        this.setDataValue('sealedNote', plainText === null ? null : turned(Buffer.from(plainText)));
      },
    },
  };
  const Item = sequelize.define('Item', attributes, {
    freezeTableName: true,
    tableName: 'item',
    timestamps: true,
    createdAt: false,
    paranoid: true,
    indexes: [{ name: 'item__kind_title', fields: ['kind', 'title'] }],
    hooks: {
      beforeCreate: (row) => void heard.push(`insert ${row.get('title')}`),
      beforeUpdate: (row) => void heard.push(`update ${row.get('title')}`),
      beforeDestroy: (row) => void heard.push(`delete ${row.get('title')}`),
    },
  });
  const { updatedAt, deletedAt } = Item.rawAttributes as Record<string, { field?: string }>;
  if (updatedAt) updatedAt.field = 'updated_at';
  if (deletedAt) deletedAt.field = 'deleted_at';
  (Item as unknown as { refreshAttributes(): void }).refreshAttributes();

  const StockLevel = sequelize.define(
    'StockLevel',
    {
      warehouseCode: { type: DataTypes.STRING(10), field: 'warehouse_code', primaryKey: true },
      itemId: { type: isSqlite ? DataTypes.INTEGER : DataTypes.BIGINT, field: 'item_id', primaryKey: true },
      quantity: { type: DataTypes.INTEGER, allowNull: false },
      countedAt: { type: DataTypes.DATE(6), field: 'counted_at' },
    },
    { ...plain, tableName: 'stock_level', ...(isPg ? { schema: 'stores' } : {}) },
  );
  StockLevel.belongsTo(Warehouse, { foreignKey: 'warehouseCode', targetKey: 'code' });
  StockLevel.belongsTo(Item, { foreignKey: 'itemId' });

  sequelize.define(
    'Order',
    {
      select: {
        type: isPg ? DataTypes.UUID : DataTypes.STRING(36),
        primaryKey: true,
        defaultValue: DataTypes.UUIDV4,
      },
      // By its table alone: no association says it.
      from: { type: DataTypes.STRING(10), allowNull: false, references: { model: 'warehouse', key: 'code' } },
      group: { type: DataTypes.INTEGER },
      desc: { type: dialect === 'mysql' ? DataTypes.STRING(200) : DataTypes.TEXT },
      // On PostgreSQL Sequelize takes the quotes out of names.
      quoted: { type: DataTypes.TEXT, field: isPg ? "it's a name" : 'a "quoted" name' },
    },
    {
      ...plain,
      tableName: 'order',
      indexes: [{ name: 'order__group_desc', unique: true, fields: ['group', 'desc'] }],
    },
  );
}
