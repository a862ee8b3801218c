import { readActing, type SessionClaims } from './actor-claims.ts';

/** What {@link impersonationBanner} can be told. */
export interface BannerOptions {
  /** Whose account it is, as the page shows it. */
  readonly userName?: string;
  /** Services that may act in people's names, by the name that Castellan has for them. */
  readonly services?: readonly string[];
}

/**
 * A strip of HTML that tells an operator that they act as somebody; the empty text in a user's own session. It needs no
 * script and no style sheet besides its own attributes.
 *
 * **It is a hint and not the boundary.** A page can be cached, an extension can hide it, a part of the product may not render
 * it: that no banner is there never means that nobody acts as the user. What holds is what the server refuses
 * (`enforceActorWrites`), and what is true now is in the console's list of sessions.
 *
 * @returns HTML whose texts are escaped
 */
export function impersonationBanner(claims: SessionClaims, options: BannerOptions = {}): string {
  const acting = readActing(claims, options.services);
  if (acting.kind !== 'operator') return '';
  const whom = options.userName === undefined ? 'this user' : escapeHtml(options.userName);
  const what = acting.operator.allowWrites
    ? 'What you change is changed.'
    : 'You can look, and change nothing.';
  const session =
    acting.operator.sessionId === undefined ? '' : ` data-session="${escapeHtml(acting.operator.sessionId)}"`;
  return `<div role="status" data-impersonation="${acting.operator.allowWrites ? 'writes' : 'read-only'}"${session}><strong>You act as ${whom}.</strong> ${what}</div>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
