import type { AdminTokenClaims } from '@castellan/contract';
import { operatorRoles } from '@castellan/contract';

/** Why a token is refused: `details.reason` of `TOKEN_INVALID`. */
export type TokenReason =
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'claims'
  | 'issuer'
  | 'audience'
  | 'role'
  | 'issued_in_future'
  | 'not_yet_valid'
  | 'life'
  | 'method'
  | 'body'
  | 'correlation_id';

/** Claims with what the platform may leave out of them. */
export type ReadClaims = AdminTokenClaims & { readonly nbf?: number };

const correlationPattern = /^[\w.-]{8,64}$/;

/** The claims of a payload, in their types; a reason where they are not. */
export function readClaims(payload: unknown): ReadClaims | TokenReason {
  if (!isRecord(payload)) return 'claims';
  const { iss, aud, sub, email, name, role, jti, iat, exp, nbf, method, act, approval, cnf } = payload;
  const { correlation_id: correlationId, body_sha256: digest } = payload;
  // Bound to a key (RFC 9449, RFC 8705): as a bearer it is worth nothing.
  if (cnf !== undefined) return 'claims';
  if (![iss, aud, sub, email].every(isText) || typeof name !== 'string') return 'claims';
  if (!isText(jti) || jti.length < 8 || jti.length > 100) return 'claims';
  if (!isInstant(iat) || !isInstant(exp) || !(nbf === undefined || isInstant(nbf))) return 'claims';
  if (typeof correlationId !== 'string' || !correlationPattern.test(correlationId)) return 'correlation_id';
  if (typeof digest !== 'string' || digest.length !== 43) return 'body';
  if (method !== 'GET' && method !== 'POST') return 'method';
  if (act !== undefined && !(isRecord(act) && isText(act.sub))) return 'claims';
  if (approval !== undefined && !isApproval(approval)) return 'claims';
  if (!operatorRoles.some((one) => one === role)) return 'role';
  return payload as ReadClaims;
}

function isApproval(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.id) &&
    isRecord(value.by) &&
    isText(value.by.sub) &&
    isText(value.by.email)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 500;
}

/** Whole seconds that a `Date` can hold. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 8.64e12;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
