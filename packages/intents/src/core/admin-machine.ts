import { IntentError } from './errors.ts';
import type { Dispatch } from './runtime.ts';
import type { CustomActionOptions, IntentArgs, IntentContext, IntentService } from './service.ts';

/** Below the admin-machine surface's own address: what an operator can do there. */
export const schemaPath = '/schema';

const ranks = { support: 1, admin: 2, owner: 3 } as const;

/**
 * What a library adds to the admin-machine surface of a router, and to no other: models, something that stands around every
 * call there, and the document that describes them. `@castellan/admin` makes one of a product's models.
 */
export interface AdminMachinePart {
  /** By model. Actions for administrators of a service that is registered by the same name join them. */
  readonly models: ReadonlyMap<string, IntentService>;
  /**
   * Says whether the caller may do this at all, before the payload is looked at: throws an `IntentError` to refuse. The role that an
   * action asks for is its to check.
   */
  readonly admit: (call: AdmittedCall) => void | Promise<void>;
  /** Stands around every dispatch of the surface, inside the middlewares, and may hand other arguments on. */
  readonly around: (
    dispatch: Dispatch,
    handle: (args: IntentArgs) => Promise<unknown>,
    others: OtherActions,
  ) => Promise<unknown>;
  /** What `GET …/schema` answers to this caller. */
  readonly document: (call: { readonly user: unknown; readonly context: IntentContext }) => unknown;
}

/** A call that is to be admitted or refused. Nothing of it but the caller is checked yet. */
export interface AdmittedCall {
  readonly user: unknown;
  readonly model: string;
  /** `create`, …, or the name of a custom action. */
  readonly action: string;
  readonly custom: CustomActionOptions | undefined;
  readonly payload: unknown;
  /** The custom actions of the same model, by name. */
  readonly find: OtherActions['find'];
}

/** The custom actions of the same model, for one that runs another over many rows. */
export interface OtherActions {
  /** How it is marked; `undefined` where there is no such one. */
  find(name: string): CustomActionOptions | undefined;
  /** Calls it, with its payload and its result checked as by a call of its own. */
  call(name: string, args: IntentArgs): Promise<unknown>;
}

/** The gate where nothing was added: the caller has a role, and it is the one that the action asks for or a higher one. */
export function requireRole(user: unknown, custom: CustomActionOptions | undefined): void {
  const held = (user as { readonly role?: unknown } | null)?.role;
  const needed = custom?.minRole ?? 'admin';
  const rank = typeof held === 'string' && Object.hasOwn(ranks, held) ? ranks[held as keyof typeof ranks] : 0;
  if (rank < ranks[needed]) throw new IntentError('INSUFFICIENT_ROLE', `This needs the role ${needed}.`);
}
