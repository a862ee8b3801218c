import { html } from '../../platform/pages/html.ts';
import { invitationMailMessages } from '../account/messages/invitation-mail-messages.ts';
import { chooseLanguage } from '../account/messages/language.ts';

/** What an invitation's mail is made from. It is stored; the link never is. */
export interface InvitationFacts {
  readonly name: string;
  /** Who invited, where that was a person. */
  readonly invitedBy: string;
  /** Names of workspaces, joined by commas. */
  readonly workspaces: string;
  /** When the link stops working, RFC 3339. */
  readonly expiresAt: string;
  /** Messages that were stored before there was a choice are in English. */
  readonly language?: string;
}

interface InvitationMail {
  readonly text: string;
  readonly html: string;
}

const dayIn = (language: string, instant: string): string =>
  new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'long',
    timeZone: 'UTC',
  }).format(new Date(instant));

/** Writes an invitation: plain text first, and the same words as simple HTML. */
export function writeInvitation(facts: InvitationFacts, link: string): InvitationMail {
  const { name, invitedBy, workspaces, expiresAt } = facts;
  const language = chooseLanguage(facts.language, undefined);
  const texts = invitationMailMessages(language);
  const { ask, unexpected } = texts;
  const hello = texts.hello(name);
  const opening = texts.opening(invitedBy, workspaces);
  const until = texts.until(dayIn(language, expiresAt));
  return {
    text: `${hello}\n\n${opening}\n\n${ask}\n${link}\n\n${until}\n${unexpected}\n`,
    html: html`<!doctype html>
<html lang="${language}"><body>
<p>${hello}</p>
<p>${opening}</p>
<p>${ask}<br><a href="${link}">${link}</a></p>
<p>${until}<br>${unexpected}</p>
</body></html>
`.text,
  };
}
