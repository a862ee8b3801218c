export { adminTablesSql } from './audit/tables.ts';
export { type AdminOperator, adminMachineAuth } from './auth/admin-machine-auth.ts';
export { configureAdminAuth, resetAdminForTests } from './auth/configure.ts';
export type { AdminAuthOptions } from './auth/settings.ts';
export { type AdminErrorCode, adminErrors } from './errors.ts';
export type { ActingOperator, SessionClaims } from './impersonation/actor-claims.ts';
export {
  type ActorTokenAnswer,
  type ActorTokenArgs,
  type ActorTokenOrder,
  type ActorTokenRequest,
  type ActorTokenSubject,
  createActorTokenAction,
  revokeActorTokenAction,
} from './impersonation/actor-token-actions.ts';
export {
  type ActorWrite,
  type ActorWritesOptions,
  actorWrites,
  actorWritesMiddleware,
  enforceActorWrites,
} from './impersonation/actor-writes.ts';
export { type BannerOptions, impersonationBanner } from './impersonation/banner.ts';
export {
  type ActorSession,
  type CastellanActorTokens,
  type CastellanActorTokensOptions,
  castellanActorTokens,
  TicketRefusedError,
} from './impersonation/castellan-actor-tokens.ts';
export {
  type ClerkActorTokensOptions,
  type ClerkLike,
  clerkActorTokens,
} from './impersonation/clerk-actor-tokens.ts';
export { frameAncestorsNone } from './impersonation/frame-ancestors.ts';
export {
  bindImpersonationContext,
  type ImpersonationLogFields,
  impersonationLogFields,
  impersonationScope,
} from './impersonation/impersonation-context.ts';
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
export { type AutoAdminOptions, autoAdmin } from './service/auto-admin.ts';
