import type { AdminTokenClaims, OperatorRole } from '@castellan/contract';
import type { AdminMachinePart, IncomingCall } from '@castellan/intents';
import { AdminSetupError } from '../models/setup-error.ts';
import { configuredAuth } from './configure.ts';
import { verifyAdminToken } from './verify-token.ts';

/** The operator behind a call to the admin-machine surface: what handlers get as `user` there. */
export interface AdminOperator {
  /** The operator's user id on the platform. */
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** As the platform read it when it signed the token. */
  readonly role: OperatorRole;
  /** One id from the operator's click to the product's log line (A14). */
  readonly correlationId: string;
  readonly token: { readonly id: string; readonly expiresAt: Date };
  /** The approval of a second operator, who is another than this one. */
  readonly approval: AdminTokenClaims['approval'];
  /** Whoever acts behind the operator (RFC 8693 §4.1). */
  readonly actor: AdminTokenClaims['act'];
}

/** Parts that `autoAdmin` made: they gate roles, and refuse tokens that were used before. */
const gated = new WeakSet<AdminMachinePart>();

/** Operators whose tokens were verified here. */
const verified = new WeakSet<object>();

/** Whether this is an operator whom {@link adminMachineAuth} knows, and not something that looks like one. */
export function isVerifiedOperator(user: unknown): user is AdminOperator {
  return typeof user === 'object' && user !== null && verified.has(user);
}

/** Remembers a part as one that gates. */
export function markGated(part: AdminMachinePart): void {
  gated.add(part);
}

/**
 * Knows operators by their admin tokens: the `getUser` of `router.buildAdminMachine`. Needs `autoAdmin` on the same router, which gates
 * what each may do and refuses a token's second use.
 *
 * @throws AdminSetupError `ADMIN_AUTH_NOT_CONFIGURED` when `configureAdminAuth` was not called
 */
export function adminMachineAuth(): (call: IncomingCall) => Promise<AdminOperator | null> {
  const auth = configuredAuth('adminMachineAuth()');
  return async ({ method, header, context, bodyText, adminMachine }) => {
    if (!adminMachine || !gated.has(adminMachine))
      throw new AdminSetupError(
        'CONFIGURATION_ORDER_ERROR',
        'adminMachineAuth() is used on a router that autoAdmin(…) was not called with.',
      );
    const token = /^bearer +(\S+)\s*$/i.exec(header('authorization') ?? '')?.[1];
    if (token === undefined) return null;
    const claims = await verifyAdminToken(
      token,
      { method, bodyText, correlationId: header('x-correlation-id') },
      auth,
    );
    context.sessionClaims = claims;
    const operator = operatorOf(claims);
    verified.add(operator);
    return operator;
  };
}

function operatorOf(claims: AdminTokenClaims): AdminOperator {
  return {
    id: claims.sub,
    email: claims.email,
    name: claims.name,
    role: claims.role,
    correlationId: claims.correlation_id,
    token: { id: claims.jti, expiresAt: new Date(claims.exp * 1000) },
    // A yes to oneself is none.
    approval: claims.approval?.by.sub === claims.sub ? undefined : claims.approval,
    actor: claims.act,
  };
}
