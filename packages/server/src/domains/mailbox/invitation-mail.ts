import { html } from '../../platform/pages/html.ts';

/** What an invitation's mail is made from. It is stored; the link never is. */
export interface InvitationFacts {
  readonly name: string;
  /** Who invited, where that was a person. */
  readonly invitedBy: string;
  /** Names of workspaces, joined by commas. */
  readonly workspaces: string;
  /** When the link stops working, RFC 3339. */
  readonly expiresAt: string;
}

export const invitationSubject = 'Set a password for your account';

interface InvitationMail {
  readonly text: string;
  readonly html: string;
}

const dayOf = (instant: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(instant));

/** Writes an invitation: plain text first, and the same words as simple HTML. */
export function writeInvitation(facts: InvitationFacts, link: string): InvitationMail {
  const { name, invitedBy, workspaces, expiresAt } = facts;
  const opening = `${invitedBy === '' ? 'An account was made for you' : `${invitedBy} made an account for you`}${
    workspaces === '' ? '.' : `, in ${workspaces}.`
  }`;
  const ask = 'To use it, set a password here:';
  const until = `The link works once, until ${dayOf(expiresAt)} (UTC).`;
  const unexpected =
    'If you did not expect this, do nothing: without a password the account can not be used.';
  return {
    text: `Hello ${name},\n\n${opening}\n\n${ask}\n${link}\n\n${until}\n${unexpected}\n`,
    html: html`<!doctype html>
<html lang="en"><body>
<p>Hello ${name},</p>
<p>${opening}</p>
<p>${ask}<br><a href="${link}">${link}</a></p>
<p>${until}<br>${unexpected}</p>
</body></html>
`.text,
  };
}
