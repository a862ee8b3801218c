import type { DialectName, ModelDescription } from '../../src/models/description.ts';
import type { OrmAdapter } from '../../src/orm/adapter.ts';

/** One ORM on one database, as the conformance suite runs it. */
export interface Bench {
  /** `Drizzle on PostgreSQL`. */
  readonly name: string;
  readonly dialect: DialectName;
  /** Digits of a second's fraction that survive this ORM on this database. */
  readonly timeDigits: Readonly<Record<'packedAt' | 'seenAt', 0 | 3 | 6>>;
  /** Types of `Item` that are other than the database's own would be, because the ORM can't say more. */
  readonly types?: Readonly<Record<string, string>>;
  /** The column of `Order.quoted`, where the ORM can't have quotes in names. */
  readonly quotedColumn?: string;
  /** @param options.isBytewise texts are compared by their bytes on MariaDB too, as a reference in JavaScript can */
  open(options?: { readonly isBytewise?: boolean }): Promise<OpenBench>;
}

/** The warehouse's tables in a database of this suite's own, and the adapter over them. */
export interface OpenBench {
  readonly adapter: OrmAdapter;
  readonly db: unknown;
  /** What the ORM told the product's own hooks or subscribers, in order; absent where the ORM has neither. */
  readonly heard?: string[];
  /** The product's own code inside of a transaction: makes a warehouse with this code through the ORM. */
  makeWarehouse(db: unknown, code: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The model of this name. */
export function modelNamed({ adapter }: OpenBench, name: string): ModelDescription {
  const found = adapter.models().find((model) => model.name === name);
  if (!found) throw new Error(`No model ${name}`);
  return found;
}
