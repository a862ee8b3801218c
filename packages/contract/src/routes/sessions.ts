import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { workspaceRoles } from '../vocabulary.ts';
import { id, instant, wire } from '../wire.ts';

/** The person behind a live session, as the platform knows it at this moment. */
export const LivePrincipal = wire({
  active: z.literal(true),
  kind: z.literal('user'),
  userId: id,
  email: z.string(),
  name: z.string(),
  sessionId: id,
  service: z.string(),
  /** The OAuth client that the token was given to; none when the service signed the person in itself. */
  clientId: z.string().optional(),
  /** What that client may do, as OAuth writes it; narrowed to what the person allows now. */
  scope: z.string().optional(),
  /** The services that act in the person's name, by name, the one that calls first (RFC 8693 §4.1); none for the person's own call. */
  actors: z.array(z.string()).optional(),
  /** An operator who acts as this person: the claim `act` (RFC 8693 §4.1). Whoever takes writes has to look at it. */
  act: z.record(z.string(), z.unknown()).optional(),
  workspaceId: id.optional(),
  workspaceSlug: z.string().optional(),
  /** The role in `workspaceId` now, whatever the token says. */
  workspaceRole: z.enum(workspaceRoles).optional(),
  expiresAt: instant,
});
export type LivePrincipal = z.output<typeof LivePrincipal>;

/** Why a token is not live. */
export const inactiveReasons = [
  'token_invalid',
  'token_expired',
  'session_ended',
  'account_deactivated',
  'not_member',
] as const;
/** The answer for a token that is not live, with the reason. */
export const Inactive = wire({ active: z.literal(false), code: z.enum(inactiveReasons) });

/** The answer about one token: a live principal, or why there is none. */
export const SessionCheck = z.union([LivePrincipal, Inactive]);
export type SessionCheck = z.output<typeof SessionCheck>;

export const sessionsCheck = defineRoute({
  listener: 'public',
  auth: ['service_key'],
  permission: 'service',
  id: 'sessions.check',
  method: 'POST',
  path: '/v1/sessions/check',
  summary: 'Ask whether access tokens of this service are live, and who is behind them; up to 100 at once',
  body: wire({ tokens: z.array(z.string().max(4096)).min(1).max(100) }),
  bodyLimitBytes: 512 * 1024,
  /** In the order of `tokens`. */
  success: [200, wire({ results: z.array(SessionCheck) })],
});
