import { accountApp, accountAppRevoke, accountApps, pathOf } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { dateText, timeAgo } from './account-times.ts';
import type { ConnectedApp } from './connected-apps.ts';
import { nameOf, scopeInWords } from './consent-page.ts';
import { accountTexts } from './messages/account.ts';
import { type ConsentTexts, consentTexts } from './messages/consent.ts';

/** What the page of connected apps shows. */
export interface AppsFacts {
  readonly session: BrowserSession;
  readonly apps: readonly ConnectedApp[];
  readonly now: Date;
  readonly notice: Html | false;
}

function whose(texts: ConsentTexts, app: ConnectedApp): string | undefined {
  if (app.service !== null) return texts.appOf(app.service);
  if (app.origin === 'metadata_document' && URL.canParse(app.clientId)) return new URL(app.clientId).host;
  return app.origin === 'registered' ? undefined : texts.appUnverified;
}

/** Scopes as the page of consent has them: the platform's own first. */
function inOrder(scopes: readonly string[]): string[] {
  const own = ['openid', 'profile', 'email', 'offline_access'];
  return [
    ...own.filter((scope) => scopes.includes(scope)),
    ...scopes.filter((scope) => !own.includes(scope)),
  ];
}

/** The apps that may act for the person, each with what it may and a way to end it. */
export function appsPage(view: View, facts: AppsFacts): RawAnswer {
  const { session, apps, now, notice } = facts;
  const texts = consentTexts(view.language);
  const row = (app: ConnectedApp): Html => {
    const { shown } = nameOf(texts, app);
    const scopes = inOrder(app.scopes).map((name) => {
      const description = app.described.find((scope) => scope.name === name)?.description ?? '';
      return scopeInWords(texts, { name, description }).title;
    });
    const use =
      app.lastUsedAt === null
        ? texts.appNoSession
        : `${texts.appLastUsed(timeAgo(view.language, app.lastUsedAt, now))}, ${texts.appDevices(app.signIns)}`;
    return html`<li class="entry"><div class="entry-text"><strong><bdi>${shown}</bdi></strong>${whose(texts, app) && html` <span class="muted">${whose(texts, app)}</span>`}
${scopes.length > 0 && html`<p>${texts.appMay}: ${scopes.join(' · ')}</p>`}
<p class="muted">${use} · ${texts.appSince(dateText(view.language, app.since))}</p></div>
<a class="button quiet" href="${pathOf(accountApp, { id: app.id })}" aria-label="${texts.appRevokeLabel(shown)}">${texts.appRevoke}</a></li>\n`;
  };
  return accountPage(view, session, 'apps', {
    title: texts.appsTitle,
    lead: texts.appsLead,
    body: html`${notice}${
      apps.length === 0
        ? html`<div class="card stack"><p>${texts.appsEmpty}</p><p class="muted">${texts.appsEmptyHelp}</p></div>`
        : html`<ul class="card entries">${apps.map(row)}</ul>`
    }`,
  });
}

/** What an app loses, and the button that takes it. */
export function disconnectPage(view: View, session: BrowserSession, app: ConnectedApp): RawAnswer {
  const texts = consentTexts(view.language);
  const { cancel } = accountTexts(view.language);
  return accountPage(view, session, 'apps', {
    title: texts.appRevokeTitle(nameOf(texts, app).shown),
    body: html`<form class="card" method="post" action="${pathOf(accountAppRevoke, { id: app.id })}">
<p>${texts.appRevokeLead}</p>
<ul class="denied"><li>${texts.appLoseSignIns(app.signIns)}</li><li>${texts.appLoseConsent}</li></ul>
<p class="muted">${texts.appLocal}</p><p class="muted">${texts.appKeeps}</p>
<div class="decision"><a class="button secondary" href="${accountApps.path}">${cancel}</a><button type="submit" class="danger">${texts.appRevokeConfirm}</button></div></form>`,
  });
}
