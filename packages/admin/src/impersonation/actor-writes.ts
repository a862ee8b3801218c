import { type Dispatch, IntentError, type Middleware } from '@castellan/intents';
import { adminError } from '../errors.ts';
import { type Acting, readActing, type SessionClaims } from './actor-claims.ts';
import { runAsImpersonation } from './impersonation-context.ts';

/** What is about to be done under a session. */
export interface ActorWrite {
  /** `create`, `update`, `delete`, `list`, `read`, or `custom`. */
  readonly action: string;
  /** Of a custom action: whether it says `readOnly`. */
  readonly isReadOnlyCustomAction: boolean;
  /** Refuse a session without claims (no `sub`): on doors that people sign in by, forgotten claims must not become a yes. */
  readonly requireClaims?: boolean;
  /** Services that may act in people's names, by the name that Castellan has for them. */
  readonly services?: readonly string[];
  /** Now, in seconds since 1970; for tests. */
  readonly now?: number;
}

const denied = (message: string): IntentError => adminError('IMPERSONATION_WRITE_DENIED', message);

/**
 * Refuses a write by an operator who only looks on. Call it first in each handler that changes something, or install
 * {@link actorWritesMiddleware} once.
 *
 * @param sessionClaims the verified claims of the session; `{}` for a caller that has none
 * @throws IntentError `IMPERSONATION_WRITE_DENIED` (403)
 * @example
 * enforceActorWrites(sessionClaims, { action: 'custom', isReadOnlyCustomAction: false });
 */
export function enforceActorWrites(sessionClaims: SessionClaims, write: ActorWrite): void {
  if (!isWrite(write)) return;
  if (typeof sessionClaims !== 'object' || sessionClaims === null || Array.isArray(sessionClaims))
    throw denied('The claims of the session are missing, so nobody knows whose it is.');
  if (write.requireClaims === true && !(typeof sessionClaims.sub === 'string' && sessionClaims.sub !== ''))
    throw denied('The claims of the session are missing: give them to the context in getUser.');
  refuseUnlessAllowed(readActing(sessionClaims, write.services), write.now);
}

const readers = new Set(['list', 'read']);

/** Whatever is not known to change nothing is a write. */
function isWrite({ action, isReadOnlyCustomAction }: ActorWrite): boolean {
  return action === 'custom' ? isReadOnlyCustomAction !== true : !readers.has(action);
}

function refuseUnlessAllowed(acting: Acting, now = Date.now() / 1000): void {
  if (acting.kind !== 'operator') return;
  if (isOver(acting, now)) throw denied('The impersonation session is over.');
  if (!acting.operator.allowWrites)
    throw denied('An operator acts as this user, and may only look. Begin a session that allows writes.');
}

function isOver(acting: Acting, now: number): boolean {
  return (
    acting.kind === 'operator' && acting.operator.expiresAt !== undefined && acting.operator.expiresAt <= now
  );
}

/** How {@link actorWrites} is set up. */
export interface ActorWritesOptions {
  /**
   * Surfaces where every write needs claims of a session: `standard`, `mcp` and `legacy_admin` unless told. The machine
   * surfaces have no session of a person.
   */
  readonly requireClaimsOn?: readonly Dispatch['surface'][];
  /** Services that may act in people's names, by the name that Castellan has for them. */
  readonly services?: readonly string[];
  /**
   * Asks whether a session still stands, at every call that an operator makes in it, so that its end is true on the next
   * call: `castellanActorTokens(…).isLive`, also for sessions that the product minted itself. What throws is a no.
   */
  readonly isLive?: (sessionId: string) => Promise<boolean>;
}

const doorsOfPeople: readonly Dispatch['surface'][] = ['standard', 'mcp', 'legacy_admin'];

/**
 * The middleware with its options. A session that is over, or that `isLive` says no to, reaches nothing at all; a read-only
 * one changes nothing; log lines of the handler carry who acts (see `impersonationLogFields`).
 *
 * @throws IntentError `IMPERSONATION_WRITE_DENIED` (403), `IMPERSONATION_ENDED` (401)
 */
export function actorWrites(options: ActorWritesOptions = {}): Middleware {
  const { requireClaimsOn = doorsOfPeople, services, isLive } = options;
  return async (dispatch, next) => {
    const { isCustom, isReadOnly, surface, args } = dispatch;
    // Of the admin-machine surface the caller is an operator as themselves; what they change there is gated by their role.
    const claims = args.context.sessionClaims ?? {};
    const acting = readActing(claims, services);
    if (acting.kind === 'operator') {
      if (isOver(acting, Date.now() / 1000)) throw ended();
      if (isLive) await requireLive(isLive, acting.operator.sessionId);
    }
    enforceActorWrites(claims, {
      action: isCustom ? 'custom' : dispatch.action,
      isReadOnlyCustomAction: isReadOnly,
      requireClaims: requireClaimsOn.includes(surface),
      ...(services ? { services } : {}),
    });
    return runAsImpersonation(acting, next);
  };
}

/**
 * Refuses writes of operators who only look on, around every dispatch of a router, and writes without claims on the doors
 * that people come by. Install it once.
 *
 * @example
 * const runtime = buildRuntime({ middlewares: [actorWritesMiddleware] });
 */
export const actorWritesMiddleware: Middleware = actorWrites();

const ended = (): IntentError => adminError('IMPERSONATION_ENDED', 'The impersonation session is over.');

async function requireLive(
  isLive: (sessionId: string) => Promise<boolean>,
  sessionId: string | undefined,
): Promise<void> {
  if (sessionId === undefined) throw ended();
  let live = false;
  try {
    live = (await isLive(sessionId)) === true;
  } catch (cause) {
    throw new IntentError(
      'UNAVAILABLE',
      'Nobody can say now whether the impersonation session still stands.',
      {
        cause,
      },
    );
  }
  if (!live) throw ended();
}
