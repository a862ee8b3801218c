import {
  accountAuthenticator,
  accountPasskey,
  accountPasskeyAdd,
  accountRecoveryCodes,
  type Factors,
  pathOf,
} from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { dateText, timeAgo, timeElement } from './account-times.ts';
import { type SecurityTexts, securityTexts } from './messages/security.ts';

/** An account at a provider that is linked to the person. */
export interface ShownIdentity {
  readonly id: string;
  readonly providerName: string;
  readonly email: string | null;
  readonly linkedAt: Date | null;
}

/** A provider that the person can link an account of. */
export interface ShownProvider {
  readonly name: string;
  /** Where linking begins. */
  readonly linkPath: string;
}

/** What the page of the ways to sign in shows. */
export interface SecurityFacts {
  readonly session: BrowserSession;
  readonly factors: Factors;
  readonly identities: readonly ShownIdentity[];
  readonly providers: readonly ShownProvider[];
  /** Where the link to an account is taken away. */
  readonly unlinkPath: (identityId: string) => string;
  readonly now: Date;
  readonly notice: Html | false;
}

/** A section with its heading, a sentence, and what can be done. */
function section(heading: string, help: string, action: Html | false, body: Html | false = false): Html {
  return html`<section class="card"><div class="section-head"><div><h2>${heading}</h2><p class="muted">${help}</p></div>${action}</div>${body}</section>\n`;
}

function passkeySection(view: View, texts: SecurityTexts, { factors, now }: SecurityFacts): Html {
  const row = ({ id, name, createdAt, lastUsedAt, isBackedUp, suspectedAt }: Factors['passkeys'][number]) => {
    const [before, after] = texts.passkeyLastUsed('\0').split('\0');
    const used = lastUsedAt
      ? html`${before}${timeElement(view.language, lastUsedAt, timeAgo(view.language, lastUsedAt, now))}${after}`
      : texts.passkeyNeverUsed;
    return html`<li class="entry"><div class="entry-text"><strong><bdi>${name}</bdi></strong>
<p class="muted">${texts.passkeyAdded(dateText(view.language, createdAt))} · ${used}${isBackedUp && html` · ${texts.passkeySynced}`}</p>${suspectedAt && html`<p class="problem">${texts.passkeySuspected}</p>`}</div>
<a class="button quiet" href="${pathOf(accountPasskey, { id })}" aria-label="${texts.passkeyOpenLabel(name)}">${texts.passkeyOpen}</a></li>\n`;
  };
  return section(
    texts.passkeys,
    texts.passkeysHelp,
    html`<a class="button quiet" href="${accountPasskeyAdd.path}">${texts.passkeyAdd}</a>`,
    factors.passkeys.length > 0 && html`<ul class="entries">${factors.passkeys.map(row)}</ul>`,
  );
}

function identitySection(view: View, texts: SecurityTexts, facts: SecurityFacts): Html | false {
  const { identities, providers, unlinkPath } = facts;
  if (identities.length === 0 && providers.length === 0) return false;
  const rows = identities.map(
    ({ id, providerName, email, linkedAt }) =>
      html`<li class="entry"><div class="entry-text"><strong>${providerName}</strong>${email !== null && html` <span class="muted">${email}</span>`}
${linkedAt && html`<p class="muted">${texts.identityLinked(dateText(view.language, linkedAt))}</p>`}</div>
<form method="post" action="${unlinkPath(id)}"><button type="submit" class="quiet" aria-label="${texts.identityUnlinkLabel(providerName)}">${texts.identityUnlink}</button></form></li>\n`,
  );
  return section(
    texts.identities,
    texts.identitiesHelp,
    false,
    html`${rows.length > 0 && html`<ul class="entries">${rows}</ul>`}${providers.map(({ name, linkPath }) => html`<form method="post" action="${linkPath}"><button type="submit" class="quiet">${texts.identityLink(name)}</button></form>`)}`,
  );
}

/** Everything that lets the person in, and what else is asked for. */
export function securityPage(view: View, facts: SecurityFacts): RawAnswer {
  const { session, factors, notice } = facts;
  const texts = securityTexts(view.language);
  const hasFactor = factors.totp !== null || factors.passkeys.length > 0;
  const state = factors.totp
    ? html`<span class="badge on">${texts.authenticatorSince(dateText(view.language, factors.totp.addedAt))}</span> `
    : html``;
  return accountPage(view, session, 'security', {
    title: texts.title,
    lead: texts.lead,
    body: html`${notice}${hasFactor && factors.recoveryCodesLeft === 0 && html`<p class="warning">${texts.recoveryReminder}</p>`}
${passkeySection(view, texts, facts)}${section(
  texts.authenticator,
  texts.authenticatorHelp,
  html`${state}<a class="button quiet" href="${accountAuthenticator.path}">${factors.totp ? texts.authenticatorRemoveOpen : texts.authenticatorSetUp}</a>`,
)}${
  hasFactor &&
  section(
    texts.recovery,
    texts.recoveryHelp,
    html`<span class="badge">${texts.recoveryLeft(factors.recoveryCodesLeft)}</span> <a class="button quiet" href="${accountRecoveryCodes.path}">${texts.recoveryOpen}</a>`,
  )
}${identitySection(view, texts, facts)}`,
  });
}
