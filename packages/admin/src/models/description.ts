import type { FieldType } from '@castellan/contract';

/** The databases that lists are compiled for. */
export type DialectName = 'postgresql' | 'mysql' | 'sqlite';

/** What an adapter tells of one column. What the ORM does not know is left out, never guessed. */
export interface ColumnDescription {
  /** The name in the ORM's model: what is on the wire. */
  readonly name: string;
  /** The column's name in the database, unquoted. */
  readonly column: string;
  readonly type: FieldType;
  /** Of an `array`. */
  readonly itemType?: FieldType;
  /** Of an `enum`. */
  readonly values?: readonly string[];
  readonly isNullable: boolean;
  /** The database or the ORM gives a value when there is none. */
  readonly hasDefault: boolean;
  /** Computed by the database; never written. */
  readonly isGenerated: boolean;
  /** Longest text, in characters. */
  readonly maxLength?: number;
  /** The product's own reads leave it out unless they ask for it (TypeORM's `select: false`, a default scope of Sequelize). */
  readonly isHidden?: boolean;
  /** The type as the database names it, for casts of compared values: `numeric(12,2)`, `order_status`. */
  readonly sqlType: string;
  /**
   * How the database holds it, where its type alone does not say: SQLite knows neither times nor JSON nor decimals.
   * `epoch_*`: a number since 1970 in UTC; `utc_text`: `YYYY-MM-DD HH:MM:SS[.fff]` in UTC; `utc_offset_text`: the same followed by ` +00:00`.
   */
  readonly storage?: ColumnStorage;
  /** A text column whose order is that of its bytes or code points, so that a prefix is a range of it (`COLLATE "C"`). */
  readonly isByteOrdered?: boolean;
}

/** A way to hold a time where the database has no type for it. */
export type ColumnStorage = 'epoch_seconds' | 'epoch_milliseconds' | 'utc_text' | 'utc_offset_text';

/** One index, as far as it can serve a list: its leading plain columns, in order. */
export interface IndexDescription {
  /** Its name in the database, where the ORM says it: errors of the database name it. */
  readonly name?: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  /** Holds only some of the rows; of no use unless the list asks for these. */
  readonly isPartial: boolean;
  /** PostgreSQL: made with `text_pattern_ops`, so that it serves prefixes in any collation. */
  readonly servesPrefix?: boolean;
}

/** A foreign key of one column. Composite ones are left out: an editor could not fill them one by one. */
export interface ReferenceDescription {
  readonly field: string;
  readonly model: string;
  readonly targetField: string;
}

/** One model, as its ORM knows it. */
export interface ModelDescription {
  readonly name: string;
  /** The table's name in the database, unquoted. */
  readonly table: string;
  /** The table's schema, where it is not the connection's. */
  readonly schema?: string;
  readonly columns: readonly ColumnDescription[];
  /** Fields of the primary key, in its order; a model without one is not administered. */
  readonly key: readonly string[];
  readonly indexes: readonly IndexDescription[];
  readonly references: readonly ReferenceDescription[];
  /** A row counts as deleted where this is not null (or true): it is in no list, and deleting sets it. */
  readonly softDelete?: { readonly field: string; readonly deletedWhen: 'not_null' | 'true' };
  /** The product sees only rows that have all of these values (a default scope of Sequelize): so does the console. */
  readonly scope?: readonly {
    readonly field: string;
    readonly value: string | number | boolean | null;
  }[];
  /** Why it can't be administered, although it is there. */
  readonly problem?: string;
}
