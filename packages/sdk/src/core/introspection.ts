import { UnavailableError } from './errors.ts';

/** What introspection says of a token that stands (RFC 7662 §2.2). */
export interface LiveToken {
  readonly active: true;
  /** The person; a service's own token has its client here. */
  readonly subject: string;
  /** `user` when a person stands behind it, `service` for a service's own token. */
  readonly kind: 'user' | 'service';
  /** The e-mail of the person, at this moment. */
  readonly username?: string;
  readonly clientId?: string;
  readonly scopes: readonly string[];
  /** The grant that it stands on. */
  readonly sessionId?: string;
  readonly workspaceId?: string;
  /** The services that act for the subject, by name, the one that calls first (RFC 8693 §4.1). */
  readonly actors: readonly string[];
  /** The claim `act` as it is; with `impersonation_session_id` in it, an operator acts as the person. */
  readonly act?: Readonly<Record<string, unknown>>;
  /** The key that the token is bound to (RFC 9449): without the proof it is nobody's. */
  readonly keyThumbprint?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly authTime?: Date;
  readonly expiresAt: Date;
}

/** What the platform says of one token at this moment. */
export type Introspection = LiveToken | { readonly active: false };

/** Reads the platform's answer. Throws `UnavailableError` when it is none: a half-understood answer must never be a yes. */
export function readIntrospection(answer: unknown, service: string): Introspection {
  const told = isRecord(answer) ? answer : {};
  if (told.active === false) return { active: false };
  const { sub, exp, username, client_id, scope, sid, wid, acr, amr, auth_time, cnf } = told;
  const actors = readActors(told.act);
  const understood =
    told.active === true &&
    isText(sub) &&
    typeof exp === 'number' &&
    actors !== null &&
    isFor(told.aud, service);
  if (!understood) throw new UnavailableError('Castellan answered an introspection with something else');
  const keyThumbprint = isRecord(cnf) ? cnf.jkt : undefined;
  return {
    active: true,
    subject: sub,
    kind: sid === undefined ? 'service' : 'user',
    ...(isText(username) ? { username } : {}),
    ...(isText(client_id) ? { clientId: client_id } : {}),
    scopes: isText(scope) ? scope.split(' ') : [],
    ...(isText(sid) ? { sessionId: sid } : {}),
    ...(isText(wid) ? { workspaceId: wid } : {}),
    actors,
    ...(isRecord(told.act) ? { act: told.act } : {}),
    // Bound to something that is not understood is bound all the same.
    ...(cnf === undefined ? {} : { keyThumbprint: isText(keyThumbprint) ? keyThumbprint : '' }),
    ...(isText(acr) ? { acr } : {}),
    ...(Array.isArray(amr) ? { amr: amr.filter(isText) } : {}),
    ...(typeof auth_time === 'number' ? { authTime: new Date(auth_time * 1000) } : {}),
    expiresAt: new Date(exp * 1000),
  };
}

/** Addresses stand for services that have one; the platform answers for the caller's own tokens only. */
function isFor(audience: unknown, service: string): boolean {
  return audience === service || (isText(audience) && audience.includes(':'));
}

function readActors(act: unknown): string[] | null {
  const names: string[] = [];
  let depth = 0;
  for (let actor = act; actor !== undefined; actor = actor.act) {
    if (!isRecord(actor) || !isText(actor.sub) || ++depth > 16) return null;
    // An operator who acts as the person is no service.
    if (actor.impersonation_session_id === undefined) names.push(actor.sub);
  }
  return names;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
