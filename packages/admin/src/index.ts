export {
  type AdministeredModel,
  administerModels,
  type ReadOnlyReason,
  type Sort,
} from './models/administered.ts';
export type {
  ColumnDescription,
  DialectName,
  IndexDescription,
  ModelDescription,
  ReferenceDescription,
} from './models/description.ts';
export type { ActionGate, AdminModelOptions, ModelOverrides } from './models/options.ts';
export { AdminSetupError, type AdminSetupErrorCode } from './models/setup-error.ts';
export {
  ConstraintFailed,
  type OrmAdapter,
  type OrmTransaction,
  type RawRow,
  type Statement,
  StatementTimedOut,
  type WireValues,
} from './orm/adapter.ts';
