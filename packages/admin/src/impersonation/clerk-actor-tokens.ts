import type { ActorTokenSubject } from './actor-token-actions.ts';
import { createActorTokenAction, revokeActorTokenAction } from './actor-token-actions.ts';

/** What of Clerk's client (`createClerkClient` of `@clerk/backend`) is used; any version that has it will do. */
export interface ClerkLike {
  readonly actorTokens: {
    create(parameters: {
      userId: string;
      actor: { sub: string };
      expiresInSeconds?: number;
      sessionMaxDurationInSeconds?: number;
    }): Promise<{
      readonly id: string;
      readonly url?: string | null | undefined;
      readonly token?: string | null | undefined;
    }>;
    revoke(id: string): Promise<unknown>;
  };
  readonly sessions: {
    getSessionList(parameters: {
      userId: string;
      status: 'active';
      limit: number;
      offset: number;
    }): Promise<{ readonly data: readonly ClerkSession[] }>;
    revokeSession(id: string): Promise<unknown>;
  };
}

interface ClerkSession {
  readonly id: string;
  readonly actor: Record<string, unknown> | null;
}

/** What {@link clerkActorTokens} needs. */
export interface ClerkActorTokensOptions<Db = unknown> extends ActorTokenSubject<Db> {
  /** `createClerkClient({ secretKey })`: the product's own; Castellan never sees the key. */
  readonly clerk: ClerkLike;
  /** Where the ticket is taken, if not at the address that Clerk gives: a sign-in page that reads `__clerk_ticket`. */
  readonly urlOf?: (ticket: string) => string;
}

/** The link is opened at once; a copy of it is worth nothing a minute later. */
const ticketSeconds = 60;
const pageSize = 100;
/** More sessions of one user than this were not begun by people. */
const mostPages = 20;

/**
 * Actor tokens of Clerk, as custom actions of the model `User`. The claim `act` of the session holds the operator, the
 * session of the console's list, whether it may write, and when it is over.
 *
 * Clerk lets anybody be acted as: keep your staff out by `mayImpersonate`. A session token of Clerk's stays good for up to a
 * minute after its session was revoked; `actorWrites({ isLive })` asks at each call instead.
 *
 * @example
 * const actors = clerkActorTokens({ clerk, subjectOf: ({ db, id }) => db.users.clerkIdOf(id) });
 * class UserService extends IntentService {
 *   createActorToken = actors.createActorToken;
 *   revokeActorToken = actors.revokeActorToken;
 * }
 */
export function clerkActorTokens<Db = unknown>(options: ClerkActorTokensOptions<Db>) {
  const { clerk, urlOf } = options;
  return {
    createActorToken: createActorTokenAction<Db>({
      ...options,
      async mint({ subject, operator, request }) {
        const expiresAt = Math.floor(Date.now() / 1000) + request.expires_in;
        const actor = {
          sub: operator.id,
          impersonation_session_id: request.session_id,
          allow_writes: request.allow_writes,
          expires_at: expiresAt,
        };
        const minted = await clerk.actorTokens.create({
          userId: subject,
          actor,
          expiresInSeconds: ticketSeconds,
          sessionMaxDurationInSeconds: request.expires_in,
        });
        const url = urlOf && minted.token ? urlOf(minted.token) : minted.url;
        if (!url) throw new Error('Clerk gave an actor token without an address');
        return { url, ends_by: 'product', external_id: minted.id };
      },
    }),
    revokeActorToken: revokeActorTokenAction<Db>({
      ...options,
      async revoke({ subject, sessionId, externalId }) {
        // The link first: a session that begins while the others are looked through would be missed.
        if (externalId !== null) await revokeUnused(clerk, externalId);
        const begun: string[] = [];
        for (let page = 0; page < mostPages; page++) {
          const { data } = await clerk.sessions.getSessionList({
            userId: subject,
            status: 'active',
            limit: pageSize,
            offset: page * pageSize,
          });
          begun.push(
            ...data.filter(({ actor }) => actor?.impersonation_session_id === sessionId).map(({ id }) => id),
          );
          if (data.length < pageSize) break;
        }
        // Afterwards: what is revoked leaves the list, and the next page would begin behind one that was not looked at.
        for (const id of begun) await clerk.sessions.revokeSession(id);
      },
    }),
  } as const;
}

/** A link that was used, revoked or has expired can't be revoked, and need not be: Clerk says so by a 4xx. */
async function revokeUnused(clerk: ClerkLike, id: string): Promise<void> {
  try {
    await clerk.actorTokens.revoke(id);
  } catch (error) {
    const status = (error as { readonly status?: unknown }).status;
    if (
      typeof status !== 'number' ||
      status < 400 ||
      status >= 500 ||
      status === 401 ||
      status === 403 ||
      status === 429
    )
      throw error;
  }
}
