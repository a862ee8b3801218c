export type { AccessDecision, ResourceName, Subject, TokenReason } from './access-checks.ts';
export type { Actions, ActionsRegistered, NewAction } from './actions.ts';
export type { BearerToken, RequestLike } from './bearer.ts';
export { readBearerToken } from './bearer.ts';
export { type Castellan, createCastellan } from './castellan.ts';
export type { Clock } from './clock.ts';
export {
  CastellanError,
  ConfigurationError,
  type RateLimit,
  RateLimitError,
  RefusedError,
  type RefusedField,
  ServiceKeyError,
  UnavailableError,
} from './errors.ts';
export { type Guard, requireScope, requireUser, requireWorkspaceRole } from './guards.ts';
export type { Introspection, LiveToken } from './introspection.ts';
export type { Authenticated, AuthenticateOutcome, Refusal, RefusalCode } from './outcome.ts';
export type {
  AccessiblePage,
  Grantee,
  InNameOf,
  NewResource,
  Permissions,
  ResourceRegistered,
} from './permissions.ts';
export type { RefusalAnswer } from './refusal-response.ts';
export type { CastellanOptions } from './settings.ts';
export type { Identity, VerifyOutcome } from './verify.ts';
