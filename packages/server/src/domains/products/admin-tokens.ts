import { hash } from 'node:crypto';
import {
  type AdminTokenClaims,
  adminTokenLifeSeconds,
  adminTokenType,
  type OperatorRole,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';

/** An operator, as a product is told of them. */
export interface TokenOperator {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

/** One call to one product, which a token is made for. */
export interface TokenRequest {
  /** The name of the service: the audience. */
  readonly service: string;
  readonly operator: TokenOperator;
  /** As the database has it at this moment. */
  readonly role: OperatorRole;
  readonly method: 'GET' | 'POST';
  /** Exactly as it will be sent; empty for none. */
  readonly body: string;
  readonly correlationId: string;
  readonly approval?: AdminTokenClaims['approval'] | undefined;
  /** Whoever acts behind the operator (RFC 8693 §4.1): the platform itself, when it looks up what became of a change. */
  readonly actor?: string | undefined;
}

/**
 * Signs an admin token (A5): for one service, one operator, one body and one minute. It is made inside the platform, sent to the
 * product and forgotten; no browser ever holds one.
 */
export function mintAdminToken(
  deps: { readonly jwts: Jwts; readonly clock: Clock; readonly issuer: string },
  request: TokenRequest,
): string {
  const iat = Math.floor(deps.clock.now().getTime() / 1000);
  const { operator, approval, actor } = request;
  const claims: AdminTokenClaims = {
    iss: deps.issuer,
    aud: request.service,
    sub: operator.userId,
    email: operator.email,
    name: operator.name,
    role: request.role,
    jti: newId(),
    iat,
    exp: iat + adminTokenLifeSeconds,
    correlation_id: request.correlationId,
    method: request.method,
    body_sha256: hash('sha256', request.body, 'base64url'),
    ...(actor ? { act: { sub: actor } } : {}),
    ...(approval ? { approval } : {}),
  };
  return deps.jwts.sign(adminTokenType, claims);
}
