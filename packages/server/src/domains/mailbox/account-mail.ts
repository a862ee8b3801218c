import type { MailKind } from '@castellan/contract';
import { html } from '../../platform/pages/html.ts';
import { chooseLanguage } from '../account/messages/language.ts';
import { mailMessages } from '../account/messages/mail-messages.ts';

/** The kinds of mail that a person asks for on an account page. */
export type AccountMailKind = Exclude<MailKind, 'invitation'>;

/** What such a mail is made from. It is stored; the link never is. */
export interface AccountMailFacts {
  /** The name of the account; empty where there is none yet: what a stranger typed is in no mail. */
  readonly name: string;
  readonly language: string;
  /** When the link stops working, RFC 3339. */
  readonly expiresAt: string;
  /** Where it was asked from; empty where that is not known. */
  readonly address: string;
}

const wordsOf = {
  sign_in_link: { subject: 'signInSubject', ask: 'signIn', unexpected: 'signInUnexpected' },
  password_reset: { subject: 'resetSubject', ask: 'reset', unexpected: 'resetUnexpected' },
  registration: { subject: 'registerSubject', ask: 'register', unexpected: 'registerUnexpected' },
  account_exists: { subject: 'existsSubject', ask: 'exists', unexpected: 'existsUnexpected' },
} as const satisfies Record<AccountMailKind, object>;

const momentIn = (language: string, instant: string): string =>
  new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(new Date(instant));

/** The subject of an account mail. */
export function accountMailSubject(kind: AccountMailKind, language: string): string {
  return mailMessages(chooseLanguage(language, undefined))[wordsOf[kind].subject];
}

/** Writes an account mail: plain text first, and the same words as simple HTML. */
export function writeAccountMail(
  kind: AccountMailKind,
  facts: AccountMailFacts,
  link: string,
): { readonly text: string; readonly html: string } {
  const language = chooseLanguage(facts.language, undefined);
  const texts = mailMessages(language);
  const { ask, unexpected } = wordsOf[kind];
  const lines = [
    ...(kind === 'account_exists' ? [] : [texts.until(momentIn(language, facts.expiresAt))]),
    ...(facts.address === '' ? [] : [texts.askedFrom(facts.address)]),
    texts[unexpected],
  ];
  const hello = texts.hello(facts.name);
  return {
    text: `${hello}\n\n${texts[ask]}\n${link}\n\n${lines.join('\n')}\n`,
    html: html`<!doctype html>
<html lang="${language}"><body>
<p>${hello}</p>
<p>${texts[ask]}<br><a href="${link}">${link}</a></p>
<p>${lines.map((line, index) => html`${index > 0 && html`<br>`}${line}`)}</p>
</body></html>
`.text,
  };
}
