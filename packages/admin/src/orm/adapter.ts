import type { DialectName, ModelDescription } from '../models/description.ts';

/** A statement of our own compiler: text in the dialect's own placeholders, and the values for them. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The text between its placeholders, one more than there are values; where it is not there, the text is to be taken apart. */
  readonly pieces?: readonly string[];
  /** Its column aliases in order. Some drivers (Drizzle's SQLite proxy) give rows as arrays, which have no names. */
  readonly columns?: readonly string[];
}

/** A row as a statement of our own gives it: column aliases to what the driver made of them. */
export type RawRow = Readonly<Record<string, unknown>>;

/** Fields of a model by name, in the wire's own form (docs/reference/admin-wire.md). */
export type WireValues = Readonly<Record<string, unknown>>;

/**
 * What the library needs of an ORM. `Db` is what the product's `getDb` gives: the ORM's own database, data source or instance.
 * Reads are compiled by us and run through `query`; writes go through the ORM, so that its hooks, defaults and validations happen.
 */
export interface OrmAdapter<Db = unknown> {
  readonly dialect: DialectName;
  /** Every model that the ORM knows, exposed or not. Read once. */
  models(): readonly ModelDescription[];
  /**
   * Runs a reading statement.
   * @param options.timeoutMs ends it at the database after so long; @throws `StatementTimedOut`
   */
  query(db: Db, statement: Statement, options?: { readonly timeoutMs?: number }): Promise<readonly RawRow[]>;
  /** Runs a statement of our own that gives no rows and has no values, outside of any transaction: it makes our tables. */
  execute(db: Db, text: string): Promise<void>;
  /** Runs `work` in one transaction, the isolation level as the database has it by default. */
  transaction<T>(db: Db, work: (tx: OrmTransaction) => Promise<T>): Promise<T>;
}

/** A transaction of the ORM. Values come and go in the wire's form; the adapter turns them into what its ORM takes. */
export interface OrmTransaction {
  query(statement: Statement): Promise<readonly RawRow[]>;
  /** @returns the key of the new row, in the wire's form, by field */
  insert(model: ModelDescription, values: WireValues): Promise<WireValues>;
  /** Changes the one row with this key. @returns how many rows there were: 0 or 1 */
  update(model: ModelDescription, key: WireValues, values: WireValues): Promise<number>;
  /** Deletes the one row with this key, softly where the model does so. @returns how many rows there were: 0 or 1 */
  delete(model: ModelDescription, key: WireValues): Promise<number>;
  /** Takes the mark off the one softly deleted row with this key; for models that have one. @returns how many rows there were: 0 or 1 */
  restore(model: ModelDescription, key: WireValues): Promise<number>;
  /** The product's own handle inside this transaction, for custom actions: what `getDb` gives, bound to it. */
  readonly db: unknown;
}

/** A reading statement took longer than it may. */
export class StatementTimedOut extends Error {
  override readonly name = 'StatementTimedOut';
}

/** The database refused a change because of a constraint, or because it can't hold a value (`value`: too long, out of range). */
export class ConstraintFailed extends Error {
  override readonly name = 'ConstraintFailed';
  readonly kind: 'unique' | 'foreign_key' | 'not_null' | 'check' | 'value' | 'other';
  /** Fields that it is about, where the database says so. */
  readonly fields: readonly string[];

  constructor(
    kind: ConstraintFailed['kind'],
    fields: readonly string[],
    options?: { readonly cause?: unknown },
  ) {
    super(`A constraint of the database refuses this: ${kind}`, options);
    this.kind = kind;
    this.fields = fields;
  }
}
