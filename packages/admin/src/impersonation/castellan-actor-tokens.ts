import { impersonationTicketType } from '@castellan/contract';
import type { SessionClaims } from './actor-claims.ts';
import { type ActorTokenSubject, createActorTokenAction } from './actor-token-actions.ts';

/** What {@link castellanActorTokens} needs. `subjectOf` gives the user's id at Castellan. */
export interface CastellanActorTokensOptions<Db = unknown> extends ActorTokenSubject<Db> {
  /** The public address of the platform. */
  readonly issuer: string;
  /** The service's key, `sk_…`. */
  readonly serviceKey: string;
  /** The product's own page that takes the ticket, by {@link CastellanActorTokens.redeem}; nothing else of it is secret. */
  readonly startUrl: string;
  /** How long an answer of the platform is waited for, in milliseconds; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/** The session of an operator as one of the product's users. */
export interface ActorSession {
  /** For the product's own calls with the user's rights; keep it where sessions are kept. */
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** Its claims: give them to `enforceActorWrites` and `bindImpersonationContext`. */
  readonly claims: SessionClaims;
}

/** Why a ticket was not taken. */
export class TicketRefusedError extends Error {
  override readonly name = 'TicketRefusedError';
}

/**
 * Actor tokens of Castellan, for a product whose people sign in with it: token exchange (RFC 8693) of a ticket that the
 * platform adds to `startUrl`, for a token whose claim `act` names the operator. The platform keeps operators from being
 * acted as, and says no to an ended session from the next question on.
 *
 * @throws TypeError for addresses that are none
 * @example
 * const actors = castellanActorTokens({ issuer, serviceKey, startUrl: 'https://orders.example.com/act-as', subjectOf });
 * class UserService extends IntentService {
 *   createActorToken = actors.createActorToken;
 * }
 * app.get('/act-as', async (request, reply) => {
 *   const session = await actors.redeem(request.query.impersonation_ticket);
 *   reply.setCookie('session', session.accessToken, { httpOnly: true, secure: true, sameSite: 'lax' }).redirect('/');
 * });
 */
export function castellanActorTokens<Db = unknown>(options: CastellanActorTokensOptions<Db>) {
  const issuer = new URL(options.issuer).href.replace(/\/$/, '');
  const startUrl = new URL(options.startUrl).href;
  const { serviceKey, timeoutMs = 5000 } = options;
  const ask = async (path: string, contentType: string, body: string): Promise<Response> =>
    fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serviceKey}`, 'content-type': contentType },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    createActorToken: createActorTokenAction<Db>({
      ...options,
      mint: ({ subject }) => Promise.resolve({ url: startUrl, ends_by: 'platform', subject }),
    }),
    /**
     * Trades a ticket for the session, once, within a minute of its making.
     *
     * @throws TicketRefusedError when it was used, has expired, is another service's, or the session was ended
     */
    async redeem(ticket: unknown): Promise<ActorSession> {
      if (typeof ticket !== 'string' || !/^imt_[\w-]{1,100}$/.test(ticket))
        throw new TicketRefusedError('There is no ticket in this address');
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: ticket,
        subject_token_type: impersonationTicketType,
      });
      const response = await ask('/oauth/token', 'application/x-www-form-urlencoded', form.toString());
      if (response.status >= 400 && response.status < 500)
        throw new TicketRefusedError('The ticket was used, has expired, or its session was ended');
      const answer = (await readJson(response)) as { access_token?: unknown };
      const claims = claimsOf(answer.access_token);
      if (!claims || typeof claims.exp !== 'number' || typeof claims.act !== 'object' || claims.act === null)
        throw new Error('Castellan answered an exchange with something else');
      return { accessToken: answer.access_token as string, expiresAt: new Date(claims.exp * 1000), claims };
    },
    /**
     * Ends the session from the product's side, where the operator leaves it: its token reaches nothing from the next call on,
     * and the console's list says that it has ended.
     *
     * @throws Error when the platform can't be asked
     */
    async end(accessToken: string): Promise<void> {
      const form = new URLSearchParams({ token: accessToken });
      const response = await ask('/oauth/revoke', 'application/x-www-form-urlencoded', form.toString());
      if (!response.ok) throw new Error(`Castellan answered with ${response.status}`);
    },
    /**
     * Whether a session in the console's list still stands at this moment: also for those that the product minted itself.
     *
     * @throws Error when the platform can't be asked; never take that for a yes
     */
    async isLive(sessionId: string): Promise<boolean> {
      const response = await ask(
        '/v1/impersonations/check',
        'application/json',
        JSON.stringify({ session_id: sessionId }),
      );
      const answer = (await readJson(response)) as { active?: unknown; session_id?: unknown };
      return answer.active === true && answer.session_id === sessionId;
    },
  } as const;
}

/** What {@link castellanActorTokens} gives. */
export type CastellanActorTokens = ReturnType<typeof castellanActorTokens>;

async function readJson(response: Response): Promise<object> {
  const answer: unknown = response.ok ? await response.json() : undefined;
  if (typeof answer !== 'object' || answer === null)
    throw new Error(`Castellan answered with ${response.status}`);
  return answer;
}

/** The claims of a token that came from the platform itself, over its own address: who sent it needs no signature. */
function claimsOf(token: unknown): Record<string, unknown> | undefined {
  const payload = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (payload === undefined) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
}
