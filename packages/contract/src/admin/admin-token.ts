import { z } from 'zod';
import { operatorRoles } from './operator-roles.ts';

/** The JOSE `typ` of what the platform signs for one call to one service's admin surface (RFC 8725 §3.11). */
export const adminTokenType = 'castellan-admin+jwt';
/** Longest life of an admin token, in seconds. */
export const adminTokenLifeSeconds = 60;

/**
 * The claims of an admin token, as they stand in it (docs/reference/admin-token.md). `body_sha256` is the base64url SHA-256 of
 * the exact body; of no body it is that of the empty text.
 */
export const AdminTokenClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(operatorRoles),
  jti: z.string().min(8).max(100),
  iat: z.int(),
  exp: z.int(),
  correlation_id: z.string().regex(/^[\w.-]{8,64}$/),
  method: z.enum(['GET', 'POST']),
  body_sha256: z.string().length(43),
  /** Whoever acts behind the operator (RFC 8693 §4.1). */
  act: z.looseObject({ sub: z.string() }).optional(),
  /** A second operator said yes to exactly this body. */
  approval: z.object({ id: z.string(), by: z.object({ sub: z.string(), email: z.string() }) }).optional(),
});
export type AdminTokenClaims = z.output<typeof AdminTokenClaims>;
