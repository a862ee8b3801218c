import {
  EntitySchema,
  type EntitySchemaColumnOptions,
  type EntitySubscriberInterface,
  EventSubscriber,
  type UpdateEvent,
} from 'typeorm';
import type { DialectName } from '../../src/models/description.ts';

/** A column of the product's own making: what it is on its way in and out is nobody else's business. */
const sealed = {
  to: (plain: string | null) => plain && Buffer.from([...Buffer.from(plain)].reverse()),
  from: (bytes: Uint8Array | null) => bytes && Buffer.from([...bytes].reverse()).toString(),
};

interface ItemRow {
  title: string;
}

/** Entities of this file have no classes, and so no types of their own. */
type Row = Record<string, unknown>;

/** The warehouse's entities, as far as TypeORM can say them of each database. */
export function warehouseEntities(dialect: DialectName): EntitySchema[] {
  const isPg = dialect === 'postgresql';
  const isSqlite = dialect === 'sqlite';
  const instant = { postgresql: 'timestamptz', mysql: 'timestamp', sqlite: 'datetime' }[
    dialect
  ] as 'timestamptz';
  const local = { postgresql: 'timestamp', mysql: 'datetime', sqlite: 'datetime' }[dialect] as 'timestamp';
  const precise = isSqlite ? {} : { precision: 6 };
  const blob = isPg ? 'bytea' : 'blob';
  const columns: Record<string, EntitySchemaColumnOptions> = {
    id: isSqlite
      ? { type: 'integer', primary: true, generated: 'increment' }
      : { type: 'bigint', primary: true, generated: 'increment' },
    sku: { type: 'varchar', length: 40 },
    title: isPg || isSqlite ? { type: 'text' } : { type: 'varchar', length: 500 },
    kind: isSqlite
      ? { type: 'simple-enum', enum: ['tool', 'food', "it's odd"], default: 'tool' }
      : { type: 'enum', enum: ['tool', 'food', "it's odd"], enumName: 'item_kind', default: 'tool' },
    attributes: { type: isPg ? 'jsonb' : isSqlite ? 'simple-json' : 'json', nullable: true },
    photo: { type: blob, nullable: true },
    weight: { type: 'decimal', precision: 20, scale: 6, nullable: true },
    factor: { type: isPg ? 'double precision' : isSqlite ? 'real' : 'double', nullable: true },
    isFragile: { type: isSqlite ? 'boolean' : Boolean, name: 'is_fragile', default: false },
    madeOn: { type: 'date', name: 'made_on', nullable: true },
    opensAt: { type: 'time', name: 'opens_at', ...precise, nullable: true },
    packedAt: { type: local, name: 'packed_at', ...precise, nullable: true },
    seenAt: { type: instant, name: 'seen_at', ...precise, createDate: true },
    serialNumber: { type: 'bigint', name: 'serial_number', nullable: true },
    halfWeight: {
      type: 'decimal',
      name: 'half_weight',
      precision: 20,
      scale: 6,
      generatedType: 'STORED',
      asExpression: 'weight / 2',
      nullable: true,
    },
    place: { type: isSqlite ? 'simple-array' : 'point', nullable: true },
    sealedNote: { type: blob, name: 'sealed_note', transformer: sealed, nullable: true },
    updatedAt: { type: instant, name: 'updated_at', ...precise, updateDate: true, nullable: true },
    deletedAt: { type: instant, name: 'deleted_at', ...precise, deleteDate: true, nullable: true },
    ...(isPg
      ? {
          tags: { type: 'text', array: true, nullable: true },
          sizes: { type: 'integer', array: true, nullable: true },
          externalId: { type: 'uuid', name: 'external_id', generated: 'uuid' },
        }
      : {}),
  };
  return [
    new EntitySchema<Row>({
      name: 'Warehouse',
      tableName: 'warehouse',
      columns: {
        code: { type: 'varchar', length: 10, primary: true },
        name: { type: 'text' },
        openedOn: { type: 'date', name: 'opened_on', nullable: true },
      },
    }),
    new EntitySchema<Row>({
      name: 'Item',
      tableName: 'item',
      columns,
      uniques: [{ name: 'item__sku', columns: ['sku'] }],
      indices: [
        { name: 'item__kind_title', columns: ['kind', 'title'] },
        ...(isPg ? [{ name: 'item__fragile', columns: ['madeOn'], where: 'is_fragile' }] : []),
      ],
    }),
    new EntitySchema<Row>({
      name: 'StockLevel',
      tableName: 'stock_level',
      ...(isPg ? { schema: 'stores' } : {}),
      columns: {
        warehouseCode: { type: 'varchar', length: 10, name: 'warehouse_code', primary: true },
        itemId: { type: isSqlite ? 'integer' : 'bigint', name: 'item_id', primary: true },
        quantity: { type: 'int' },
        countedAt: { type: instant, name: 'counted_at', ...precise, nullable: true },
      },
      relations: {
        warehouse: {
          type: 'many-to-one',
          target: 'Warehouse',
          joinColumn: { name: 'warehouse_code', referencedColumnName: 'code' },
        },
        item: {
          type: 'many-to-one',
          target: 'Item',
          joinColumn: { name: 'item_id', referencedColumnName: 'id' },
        },
      },
    }),
    new EntitySchema<Row>({
      name: 'Order',
      tableName: 'order',
      columns: {
        select: isPg
          ? { type: 'uuid', primary: true, generated: 'uuid' }
          : { type: 'varchar', primary: true, generated: 'uuid' },
        group: { type: 'int', nullable: true },
        desc:
          isPg || isSqlite
            ? { type: 'text', nullable: true }
            : { type: 'varchar', length: 200, nullable: true },
        quoted: { type: 'text', name: 'a "quoted" name', nullable: true },
      },
      relations: {
        // The column is the relation's alone: no property of the entity has it.
        from: {
          type: 'many-to-one',
          target: 'Warehouse',
          nullable: false,
          joinColumn: { name: 'from', referencedColumnName: 'code' },
        },
      },
      uniques: [{ name: 'order__group_desc', columns: ['group', 'desc'] }],
    }),
  ];
}

/** What the product does on changes: here it only remembers them. */
export function rememberingSubscriber(heard: string[]) {
  const subscriber = class implements EntitySubscriberInterface<ItemRow> {
    listenTo(): string {
      return 'Item';
    }
    beforeInsert({ entity }: { entity: ItemRow }): void {
      heard.push(`insert ${entity.title}`);
    }
    beforeUpdate(event: UpdateEvent<ItemRow>): void {
      heard.push(`update ${event.entity?.title}`);
    }
    beforeSoftRemove({ entity }: { entity?: Partial<ItemRow> }): void {
      heard.push(`delete ${entity?.title}`);
    }
  };
  EventSubscriber()(subscriber);
  return subscriber;
}
