import { randomBytes } from 'node:crypto';
import { operatorRoleSatisfies } from '@castellan/contract';
import type { AdminMachinePart, AdmittedCall, IntentRouter, IntentService } from '@castellan/intents';
import { AuditLog } from '../audit/audit-log.ts';
import { isVerifiedOperator, markGated } from '../auth/admin-machine-auth.ts';
import { configuredAuth, markConfigurationUsed } from '../auth/configure.ts';
import { administerModels, usualGates } from '../models/administered.ts';
import type { AdminModelOptions } from '../models/options.ts';
import { AdminSetupError } from '../models/setup-error.ts';
import { createSealer, type Sealer } from '../query/index.ts';
import type { BulkArgs } from './bulk.ts';
import { runCustomAction } from './custom-action.ts';
import { bulkGateOf, gateOf, libraryCommands, pass } from './gates.ts';
import { modelActions } from './model-actions.ts';
import type { AdminRuntime } from './runtime.ts';
import { describeProduct } from './schema-document.ts';

/** What `autoAdmin` takes. */
export interface AutoAdminOptions extends AdminModelOptions {
  readonly audit?: {
    /** Makes the library's own tables where they are not there; `false` where a migration does (`adminTablesSql`). */
    readonly createTables?: boolean;
  };
  /** At least 32 bytes that seal cursors, the same in every process; kept in the product's database unless told. */
  readonly cursorSecret?: Uint8Array;
}

/**
 * Gives operators every exposed model: list with filter, search, sort and pages, read, create, update, delete, many rows at once, history
 * and undo, each gated by role; and gates the actions for administrators of services that are registered by hand. All of it is on the
 * admin-machine surface alone, and no other surface changes (A6). The second of three steps; see `configureAdminAuth`.
 *
 * @throws AdminSetupError `ADMIN_AUTH_NOT_CONFIGURED`, `MODEL_NOT_FOUND`, `FIELD_NOT_FOUND`, `KEY_REDACTED`, `CONFIGURATION_INVALID`
 * @example
 * autoAdmin(router, { expose: ['users', 'orders'], denyDelete: ['orders'], denyEditFields: { users: ['email'] } });
 */
export function autoAdmin<Models extends Record<string, IntentService>>(
  router: IntentRouter<Models>,
  options: AutoAdminOptions,
): void {
  const auth = configuredAuth('autoAdmin(…)');
  const models = administerModels(auth.adapter.models(), options);
  refuseLoweredGates(options);
  const log = new AuditLog(auth.adapter, {
    createTables: options.audit?.createTables ?? true,
    skewSeconds: auth.clockSkewSeconds,
  });
  const runtime: AdminRuntime = { adapter: auth.adapter, models, log, sealer: sealerFor(log, options) };
  const shown = (): ReturnType<IntentRouter['describe']> => router.describe('admin_machine');
  const refuseUnknownGates = once(() => refuseGatesOfNothing(options, shown()));
  const part: AdminMachinePart = {
    models: new Map([...models].map(([name, model]) => [name, modelActions(runtime, model)])),
    admit: (call) => {
      refuseUnknownGates();
      admit(runtime, call);
    },
    around: (dispatch, handle, others) => {
      const model = models.get(dispatch.model);
      const isOurs = !dispatch.isCustom || (model && isLibraryCommand(dispatch.action));
      if (!isOurs) return runCustomAction(runtime, model, dispatch, handle);
      return handle({ ...dispatch.args, others } as BulkArgs);
    },
    document: ({ user }) => {
      requireOperator(user);
      refuseUnknownGates();
      return describeProduct(auth.audience, runtime, shown());
    },
  };
  router.addToAdminMachine(part);
  markGated(part);
  markConfigurationUsed();
}

/** Who may do this at all: asked before anything of the payload is looked at. */
function admit(
  { models }: AdminRuntime,
  { user, model: name, action, custom, payload, find }: AdmittedCall,
): void {
  requireOperator(user);
  const model = models.get(name);
  const deletesFrom = (target: string) => ({ deletesFrom: target === 'delete' ? model : undefined });
  if (!model || action !== 'bulk_run') {
    pass(user, gateOf(model, action, custom), deletesFrom(action));
    return;
  }
  const named = (payload as { readonly action?: unknown } | null | undefined)?.action;
  const target = typeof named === 'string' ? named : 'bulk_run';
  pass(user, bulkGateOf(model, target, find(target)), deletesFrom(target));
}

function requireOperator(user: unknown): asserts user is Parameters<typeof pass>[0] {
  if (!isVerifiedOperator(user))
    throw new AdminSetupError(
      'CONFIGURATION_INVALID',
      'buildAdminMachine(…) has another getUser than adminMachineAuth().',
    );
}

function isLibraryCommand(action: string): boolean {
  return (libraryCommands as readonly string[]).includes(action);
}

/** What everybody can rely on is never loosened; a custom action's gate is the product's own. */
function refuseLoweredGates({ overrides = {} }: AdminModelOptions): void {
  for (const [model, { actions = {} }] of Object.entries(overrides))
    for (const [action, { minRole }] of Object.entries(actions)) {
      const usual = Object.hasOwn(usualGates, action)
        ? usualGates[action as keyof typeof usualGates]
        : undefined;
      if (usual && minRole && !operatorRoleSatisfies(minRole, usual))
        throw new AdminSetupError(
          'CONFIGURATION_INVALID',
          `overrides.${model}.actions.${action}.minRole: at least ${usual}.`,
        );
    }
}

/** A gate for an action that is not there would be one that nobody passes through. */
function refuseGatesOfNothing(
  { overrides = {} }: AdminModelOptions,
  shown: ReturnType<IntentRouter['describe']>,
): void {
  for (const [model, { actions = {} }] of Object.entries(overrides))
    for (const action of Object.keys(actions))
      if (
        !Object.hasOwn(usualGates, action) &&
        !shown.some((one) => one.model === model && one.name === action)
      )
        throw new AdminSetupError(
          'CONFIGURATION_INVALID',
          `overrides.${model}.actions names ${action}, which no service has.`,
        );
}

function sealerFor(log: AuditLog, { cursorSecret }: AutoAdminOptions): AdminRuntime['sealer'] {
  if (cursorSecret) {
    const sealer = createSealer(cursorSecret);
    return async () => sealer;
  }
  let known: Promise<Sealer> | undefined;
  return (db) => {
    known ??= log
      .secret(db, 'cursor', () => randomBytes(32))
      .then(createSealer, (error: unknown) => {
        known = undefined;
        throw error;
      });
    return known;
  };
}

/** Until it succeeds: services may be registered after this. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    work();
    isDone = true;
  };
}
