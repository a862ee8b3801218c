export type { AdminMachinePart, AdmittedCall, OtherActions } from './core/admin-machine.ts';
export { type Intent, type IntentLimits, usualLimits } from './core/envelope.ts';
export { type FieldProblem, IntentError, type IntentErrorCode, intentErrors } from './core/errors.ts';
export type { IncomingCall } from './core/incoming-call.ts';
export type { PlainAnswer, PlainCall } from './core/plain-call.ts';
export {
  IntentRouter,
  type MountedSurface,
  type ShownAction,
  type SurfaceOptions,
} from './core/router.ts';
export {
  buildRuntime,
  type CallReport,
  type Dispatch,
  type Middleware,
  type Runtime,
} from './core/runtime.ts';
export {
  type ActionSchemas,
  type CrudAction,
  type CustomActionOptions,
  crudActions,
  customAction,
  type Handler,
  type IntentArgs,
  type IntentContext,
  IntentService,
  type MutationResponse,
} from './core/service.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './core/standard-schema.ts';
export {
  adminTokenType,
  type Surface,
  type SurfaceRule,
  surfaceOfCredential,
  surfaces,
} from './core/surfaces.ts';
