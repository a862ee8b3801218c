import { z } from 'zod';
import { impersonationEndings, impersonationLifeSeconds } from '../routes/impersonation.ts';

/** What the platform asks a product's `User.createActorToken` for: a session of the row's user, for the operator who calls. */
export const ActorTokenRequest = z.strictObject({
  session_id: z.guid(),
  reason: z.string().max(500),
  allow_writes: z.boolean(),
  /** How long the session may last, in seconds. */
  expires_in: z.int().min(1).max(impersonationLifeSeconds),
});
export type ActorTokenRequest = z.output<typeof ActorTokenRequest>;

/** What a product answers. */
export const ActorTokenAnswer = z.strictObject({
  /** Where the operator's browser goes on, in a tab of its own. */
  url: z.url({ protocol: /^https?$/ }).max(4000),
  ends_by: z.enum(impersonationEndings),
  /** The product's own name of what it minted; it is given back when the session is ended. */
  external_id: z.string().max(200).optional(),
  /** The Castellan account of the user, where Castellan is to mint: it adds a ticket to `url`. */
  subject: z.string().max(200).optional(),
});
export type ActorTokenAnswer = z.output<typeof ActorTokenAnswer>;

/** What the platform asks of `User.revokeActorToken` when a session is ended. */
export const ActorTokenEnd = z.strictObject({
  session_id: z.guid(),
  external_id: z.string().max(200).nullable(),
});
export type ActorTokenEnd = z.output<typeof ActorTokenEnd>;
