import { compactVerify, decodeProtectedHeader } from 'jose';
import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { pageSecurityPolicy } from '../../platform/http/headers.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import { tokenPageHeaders } from '../../platform/pages/form.ts';
import { html } from '../../platform/pages/html.ts';
import { page } from '../../platform/pages/page.ts';
import type { Language } from '../account/messages/language.ts';
import { signInMessages } from '../account/messages/sign-in-messages.ts';
import type { BrowserSession, BrowserSessions } from '../browser-sessions/browser-session.ts';
import { type Client, findClient, onPool } from '../clients/find-client.ts';

/** A request to sign out, as it arrived. */
export interface EndSessionRequest {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cookies: string | undefined;
  /** The `Origin` header; our own page's yes must have ours. */
  readonly siteOrigin: string | undefined;
  readonly isPost: boolean;
  readonly language: Language;
  readonly origin: Origin;
}

/** What a request to sign out is answered with. */
export type EndSessionAnswer =
  | { readonly kind: 'page'; readonly page: RawAnswer; readonly cookie?: string }
  | { readonly kind: 'redirect'; readonly address: string; readonly cookie?: string }
  | { readonly kind: 'refused'; readonly error: string; readonly description: string };

/** What signing out stands on. */
export interface EndSessionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly browserSessions: BrowserSessions;
  readonly issuer: string;
}

const known = [
  'id_token_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'logout_hint',
  'ui_locales',
  'confirm',
];

class Refused extends Error {}

/**
 * OpenID Connect RP-Initiated Logout 1.0. A client that shows the ID token of this very sign-in signs the person out; anybody
 * else's link only leads to a page that asks. Never redirects to an address that is not registered for the client.
 *
 * oidc-provider keeps the half-done sign-out in its own session, which here is a view of ours and stored nowhere; this is the
 * same procedure, in one request.
 */
export async function endSession(
  deps: EndSessionDeps,
  request: EndSessionRequest,
): Promise<EndSessionAnswer> {
  try {
    return await answer(deps, request);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', error: 'invalid_request', description: error.message };
  }
}

async function answer(deps: EndSessionDeps, request: EndSessionRequest): Promise<EndSessionAnswer> {
  const { database, browserSessions } = deps;
  const given = readParameters(request.parameters);
  const hint = given.id_token_hint === undefined ? undefined : await readHint(deps, given.id_token_hint);
  if (hint && given.client_id !== undefined && given.client_id !== hint.aud)
    throw new Refused('client_id is not the one of id_token_hint');
  const clientId = hint?.aud ?? given.client_id;
  const client =
    clientId === undefined ? undefined : await findClient(onPool(database.pool), clientId, deps.clock.now());
  if (clientId !== undefined && !client) throw new Refused('client_id is unknown');
  const address = returnAddress(client, given.post_logout_redirect_uri, given.state);
  const session = await browserSessions.read(request.cookies);
  if (!session) return leave(address, browserSessions.clearingCookie(), request.language);

  const isYes = request.isPost && given.confirm === 'yes' && request.siteOrigin === deps.issuer;
  if (!isYes && !(hint && (await isOfSession(deps, hint, session))))
    return { kind: 'page', page: confirmPage(session, client, given, address, request.language) };
  const person = { kind: 'user' as const, id: session.userId, label: session.name };
  const cookie = await database.write({ ...request.origin, actors: [person] }, (tx) =>
    browserSessions.end(tx, session),
  );
  return leave(address, cookie, request.language);
}

function readParameters(parameters: EndSessionRequest['parameters']): Record<string, string | undefined> {
  const read: Record<string, string | undefined> = {};
  for (const name of known) {
    const value = parameters[name];
    if (value === undefined || value === '') continue;
    if (typeof value !== 'string') throw new Refused(`${name} must not be sent twice`);
    read[name] = value;
  }
  return read;
}

interface Hint {
  readonly sub: string;
  readonly aud: string;
  readonly sid: string | undefined;
}

/** Reads an ID token of ours, however old (§2: it may have expired). */
async function readHint({ keys, issuer }: EndSessionDeps, token: string): Promise<Hint> {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    const key = keys.find(kid ?? '');
    if (!key || key.algorithm !== alg) throw new Error('unknown key');
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.algorithm] });
    const claims = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    // An ID token carries no `typ` of another kind; `at_hash` or `nonce` may be missing, these three may not.
    const { iss, sub, aud, sid, client_id: isAccessToken } = claims;
    if (iss !== issuer || typeof sub !== 'string' || typeof aud !== 'string' || isAccessToken !== undefined)
      throw new Error('not an ID token');
    return { sub, aud, sid: typeof sid === 'string' ? sid : undefined };
  } catch {
    throw new Refused('id_token_hint is not an ID token of this issuer');
  }
}

/** Whether the hint is of the sign-in in this browser: the same person, and where it names a grant, one given here. */
async function isOfSession(deps: EndSessionDeps, hint: Hint, session: BrowserSession): Promise<boolean> {
  if (hint.sub !== session.userId) return false;
  if (hint.sid === undefined) return true;
  const { rows } = await deps.database.pool.query<{ parent: string | null }>({
    name: 'parent of grant',
    text: 'SELECT parent_grant_id AS parent FROM grants WHERE id::text = $1 AND user_id = $2',
    values: [hint.sid, session.userId],
  });
  const [grant] = rows;
  return grant !== undefined && (grant.parent === null || grant.parent === session.grantId);
}

function returnAddress(
  client: Client | undefined,
  wanted: string | undefined,
  state: string | undefined,
): string | undefined {
  if (wanted === undefined) return undefined;
  // Without a client there is no list that the address could be on (§3).
  if (!client) throw new Refused('post_logout_redirect_uri needs id_token_hint or client_id');
  if (!client.postLogoutRedirectUris.includes(wanted))
    throw new Refused('post_logout_redirect_uri is not registered for this client');
  const address = new URL(wanted);
  if (state !== undefined) address.searchParams.set('state', state);
  return address.href;
}

function leave(address: string | undefined, cookie: string, language: Language): EndSessionAnswer {
  if (address !== undefined) return { kind: 'redirect', address, cookie };
  const texts = signInMessages(language);
  return {
    kind: 'page',
    cookie,
    page: page({ language, title: texts.signedOutTitle, lead: texts.signedOutLead }),
  };
}

function confirmPage(
  session: BrowserSession,
  client: Client | undefined,
  given: Record<string, string | undefined>,
  address: string | undefined,
  language: Language,
): RawAnswer {
  const texts = signInMessages(language);
  const kept = known.filter((name) => name !== 'confirm' && given[name] !== undefined);
  return page({
    language,
    title: texts.signOutTitle,
    lead: client ? texts.signOutAsked(client.name, session.email) : texts.signOutLead(session.email),
    body: html`<form class="card" method="post" action="/oauth/end_session">
${kept.map((name) => html`<input type="hidden" name="${name}" value="${given[name]!}">`)}<input type="hidden" name="confirm" value="yes">
<p>${texts.signOutHelp}</p><div class="actions"><button type="submit">${texts.signOutSubmit}</button><a class="button secondary" href="/account">${texts.stay}</a></div>
</form>`,
    headers: {
      ...tokenPageHeaders,
      // Where the form is answered with a redirect, browsers check its target as well.
      'content-security-policy': pageSecurityPolicy.replace(
        "form-action 'self'",
        `form-action 'self'${address === undefined ? '' : ` ${new URL(address).origin}`}`,
      ),
    },
  });
}
