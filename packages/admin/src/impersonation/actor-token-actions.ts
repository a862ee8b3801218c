import { ActorTokenAnswer, ActorTokenEnd, ActorTokenRequest } from '@castellan/contract';
import { customAction, type IntentArgs, IntentError } from '@castellan/intents';
import { z } from 'zod';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';

export { ActorTokenAnswer, ActorTokenEnd, ActorTokenRequest };

/** Arguments of a handler on the admin-machine surface, as far as adapters use them. */
export type ActorTokenArgs<Db = unknown> = Pick<IntentArgs<unknown, unknown, Db>, 'db' | 'id' | 'context'> & {
  /** The operator, as the admin token names them. */
  readonly operator: { readonly id: string };
};

/** Who of a product may be acted as, and who they are. */
export interface ActorTokenSubject<Db = unknown> {
  /** The user's id at whoever mints, by the row of the model `User`; `null` for a row that has none. */
  readonly subjectOf: (args: ActorTokenArgs<Db>) => Promise<string | null> | string | null;
  /**
   * Whether anybody may act as this user. Castellan keeps operators out where it mints; where the product mints, only the
   * product knows who its staff are, and has to say so here.
   */
  readonly mayImpersonate?: (args: ActorTokenArgs<Db>) => Promise<boolean> | boolean;
}

/** What is minted, for whom. */
export interface ActorTokenOrder<Db = unknown> extends ActorTokenArgs<Db> {
  readonly subject: string;
  readonly request: ActorTokenRequest;
}

/**
 * The custom action `createActorToken` for the model `User`: for operators of role `admin` and above, on the admin-machine
 * surface alone.
 *
 * @param options.mint makes the session; what it throws is the product's own failure
 */
export function createActorTokenAction<Db = unknown>(
  options: ActorTokenSubject<Db> & {
    readonly mint: (order: ActorTokenOrder<Db>) => Promise<ActorTokenAnswer>;
  },
) {
  return customAction(
    {
      adminOnly: true,
      takesRow: true,
      minRole: 'admin',
      description: 'Sign in as this user',
      payload: ActorTokenRequest,
      result: ActorTokenAnswer,
    },
    async (args: IntentArgs<ActorTokenRequest, unknown, Db>): Promise<ActorTokenAnswer> => {
      const given = argsOf(args);
      const subject = await options.subjectOf(given);
      if (subject === null)
        throw new IntentError('NOT_FOUND', 'This row has no account that somebody could sign in to.');
      if (options.mayImpersonate && !(await options.mayImpersonate(given)))
        throw new IntentError('FORBIDDEN', 'The product lets nobody act as this user.');
      return options.mint({ ...given, subject, request: args.payload });
    },
  );
}

/** The custom action `revokeActorToken` for the model `User`, by which the console ends what the product minted. */
export function revokeActorTokenAction<Db = unknown>(
  options: Pick<ActorTokenSubject<Db>, 'subjectOf'> & {
    readonly revoke: (order: {
      readonly subject: string;
      readonly sessionId: string;
      readonly externalId: string | null;
    }) => Promise<void>;
  },
) {
  return customAction(
    {
      adminOnly: true,
      takesRow: true,
      // Whoever may see that somebody acts may stop it.
      minRole: 'support',
      description: 'End a session that acts as this user',
      payload: ActorTokenEnd,
      result: z.strictObject({ ended: z.literal(true) }),
    },
    async (args: IntentArgs<ActorTokenEnd, unknown, Db>): Promise<{ ended: true }> => {
      const { session_id: sessionId, external_id: externalId } = args.payload;
      const subject = await options.subjectOf(argsOf(args));
      if (subject !== null) await options.revoke({ subject, sessionId, externalId });
      return { ended: true };
    },
  );
}

function argsOf<Db>(args: IntentArgs<unknown, unknown, Db>): ActorTokenArgs<Db> {
  const operator = operatorOf(args.user);
  if (args.id === undefined)
    throw new IntentError('VALIDATION_FAILED', undefined, {
      fields: [{ field: 'id', message: 'the row of the user' }],
    });
  return { db: args.db, id: args.id, context: args.context, operator };
}

/** The operator whom the admin token names. Without one, or with somebody behind them, nothing is minted: who acts must be plain. */
function operatorOf(user: unknown): { readonly id: string } {
  const { id, actor } = (typeof user === 'object' && user !== null ? user : {}) as Partial<AdminOperator>;
  if (typeof id !== 'string' || id === '' || actor !== undefined)
    throw new IntentError(
      'FORBIDDEN',
      'Only an operator, by an admin token of their own, begins such a session.',
    );
  return { id };
}
