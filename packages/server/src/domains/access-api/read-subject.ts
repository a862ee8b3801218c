import { errorCatalogue, type inactiveReasons } from '@castellan/contract';
import type { StoredActor } from '../../platform/database/schema.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Subject } from '../access/access.ts';
import type { Authority } from '../grants/authority.ts';
import { impersonatorOf } from '../oauth-tokens/access-token.ts';
import { type CheckedToken, checkFor, readTokens } from '../sign-in/check-sessions.ts';

/** About whom a service asks, as it wrote it: by token or by id. */
export interface NamedSubject {
  readonly token?: string | undefined;
  readonly userId?: string | undefined;
  readonly workspaceId?: string | undefined;
}

/** Why a token is not taken. */
export type TokenReason = (typeof inactiveReasons)[number];

/** About whom is asked; `nowhere` when a token of one workspace was shown for another: then every answer is a no. */
export type ReadSubject =
  | {
      readonly kind: 'subject';
      readonly subject: Subject;
      readonly actor: StoredActor | null;
      /** The operator who acts as the person, where one does. */
      readonly impersonator?: Impersonator | undefined;
    }
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'token_refused'; readonly code: TokenReason };

/** An operator who acts as a person. */
export interface Impersonator {
  readonly operatorId: string;
  readonly allowWrites: boolean;
}

/** What tokens are read with. */
export interface TokenReading {
  readonly authority: Authority;
  readonly jwts: Jwts;
  readonly issuer: string;
}

/** Reads the tokens among the subjects; their grants are asked about in the query that asks for the service's key. */
export async function readNamedTokens(
  reading: TokenReading,
  subjects: readonly NamedSubject[],
): Promise<ReadonlyMap<string, CheckedToken>> {
  const tokens = [...new Set(subjects.flatMap(({ token }) => token ?? []))];
  const read = await readTokens(reading, tokens);
  return new Map(tokens.map((token, index) => [token, read[index]!]));
}

/**
 * The subject of a question of `service`.
 * @param field names the object that holds the subject, `checks.3`, where it is not the body itself
 * @throws Refusal `validation_failed` when there is neither a token nor an id, or both
 */
export function readSubject(
  service: ServicePrincipal,
  named: NamedSubject,
  tokens: ReadonlyMap<string, CheckedToken>,
  field = '',
): ReadSubject {
  const { token, userId, workspaceId } = named;
  if ((token === undefined) === (userId === undefined)) throw oneOfBoth(token !== undefined, field);
  if (userId !== undefined)
    return {
      kind: 'subject',
      subject: { userId, workspaceId: workspaceId ?? null, granted: null },
      actor: null,
    };
  return subjectOfToken(service, tokens.get(token!)!, workspaceId);
}

/** @throws Refusal with the token's own reason, which names the field `token` */
export function requireToken(read: ReadSubject): Exclude<ReadSubject, { kind: 'token_refused' }> {
  if (read.kind !== 'token_refused') return read;
  throw new Refusal(read.code, { fields: [{ field: 'token', message: errorCatalogue[read.code].title }] });
}

function subjectOfToken(
  service: ServicePrincipal,
  token: CheckedToken,
  workspaceId: string | undefined,
): ReadSubject {
  const check = checkFor(service, token);
  if (!check.active) return { kind: 'token_refused', code: check.code };
  const own = check.workspaceId ?? null;
  if (own !== null && workspaceId !== undefined && workspaceId.toLowerCase() !== own)
    return { kind: 'nowhere' };
  return {
    kind: 'subject',
    subject: {
      userId: check.userId,
      workspaceId: own ?? workspaceId ?? null,
      granted: isDelegate(service, token) ? new Set(check.scope?.split(' ')) : null,
    },
    actor: { kind: 'user', id: check.userId, label: check.name },
    impersonator: impersonatorIn(token),
  };
}

/**
 * A token that a person was given by the service's own sign-in, or by a client that operators registered for it, is the
 * person. Any other client acts for them, and so does a service that exchanged their token (docs/concepts/access.md).
 */
function isDelegate(service: ServicePrincipal, token: CheckedToken): boolean {
  if (token.kind === 'refused') return true;
  const { claims, facts } = token;
  // An operator who acts as the person sees what the person sees.
  if (impersonatorOf(claims)) return false;
  if (claims.act !== undefined) return true;
  const isSignIn = facts.grant?.kind === 'session' && claims.client_id === undefined;
  return !isSignIn && facts.grant?.clientService !== service.name;
}

function impersonatorIn(token: CheckedToken): Impersonator | undefined {
  const act = token.kind === 'read' ? impersonatorOf(token.claims) : undefined;
  return act && { operatorId: act.sub, allowWrites: act.allow_writes === true };
}

function oneOfBoth(both: boolean, field: string): Refusal {
  const message = both ? 'give either token or user_id, not both' : 'give token or user_id';
  const at = field === '' ? '' : `${field}.`;
  return new Refusal('validation_failed', {
    fields: [
      { field: `${at}token`, message },
      { field: `${at}user_id`, message },
    ],
  });
}
