export type {
  ColumnDescription,
  DialectName,
  IndexDescription,
  ModelDescription,
  ReferenceDescription,
} from './models/description.ts';
export {
  ConstraintFailed,
  type OrmAdapter,
  type OrmTransaction,
  type RawRow,
  type Statement,
  StatementTimedOut,
  type WireValues,
} from './orm/adapter.ts';
