/** The claims of a session, as the product's own sign-in verified them. */
export type SessionClaims = Readonly<Record<string, unknown>>;

/** An operator who acts in a session that is not theirs, as the claim `act` says (RFC 8693 §4.1). */
export interface ActingOperator {
  /** The operator's id at Castellan; empty where the claim names none. */
  readonly adminId: string;
  /** The session in the console's list; `undefined` where the product's sign-in was not told it. */
  readonly sessionId: string | undefined;
  readonly allowWrites: boolean;
  /** When it is over, in seconds since 1970, where the claim says. */
  readonly expiresAt: number | undefined;
}

/** What the claims of a session say of who acts in it. */
export type Acting =
  | { readonly kind: 'nobody_else' }
  /** Services that were called with this person's token, and no operator. */
  | { readonly kind: 'services' }
  | { readonly kind: 'operator'; readonly operator: ActingOperator };

/** A chain this long was made to confuse, and is read as an operator who may change nothing. */
const longestChain = 16;

/**
 * Reads who acts in a session. Everything that is not plainly somebody's own session, or plainly a chain of the services
 * that the product knows, is an operator who may only look: what is not understood must not be able to write.
 *
 * @param services names of services that may act in people's names (RFC 8693); Castellan writes them as `act.sub`
 */
export function readActing(claims: SessionClaims, services: readonly string[] = []): Acting {
  if (claims.act === undefined || claims.act === null) return { kind: 'nobody_else' };
  let operator: ActingOperator | undefined;
  let actor: unknown = claims.act;
  for (let depth = 0; actor !== undefined && actor !== null; depth++) {
    if (depth >= longestChain || typeof actor !== 'object' || Array.isArray(actor))
      return operatorOf(unreadable);
    const { act, ...one } = actor as Record<string, unknown>;
    const isService =
      one.impersonation_session_id === undefined &&
      one.allow_writes === undefined &&
      typeof one.sub === 'string' &&
      services.includes(one.sub);
    if (!isService) {
      const found = operatorFrom(one);
      // Of two, both have to allow it.
      operator = operator ? { ...found, allowWrites: operator.allowWrites && found.allowWrites } : found;
    }
    actor = act;
  }
  return operator ? operatorOf(operator) : { kind: 'services' };
}

const unreadable: ActingOperator = {
  adminId: '',
  sessionId: undefined,
  allowWrites: false,
  expiresAt: undefined,
};

const operatorOf = (operator: ActingOperator): Acting => ({ kind: 'operator', operator });

function operatorFrom(actor: Readonly<Record<string, unknown>>): ActingOperator {
  const {
    sub,
    impersonation_session_id: sessionId,
    allow_writes: allowWrites,
    expires_at: expiresAt,
  } = actor;
  return {
    adminId: typeof sub === 'string' ? sub : '',
    sessionId: typeof sessionId === 'string' && sessionId !== '' ? sessionId : undefined,
    // Exactly `true`: "true", 1 and the like were not written by whoever allowed it.
    allowWrites: allowWrites === true,
    // A moment that can't be read is over.
    expiresAt: expiresAt === undefined ? undefined : Number.isFinite(expiresAt) ? (expiresAt as number) : 0,
  };
}
