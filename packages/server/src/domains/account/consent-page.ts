import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { grantLives } from '../grants/grant-store.ts';
import type { AskedScope, AskingClient, Interaction } from '../oauth/interactions.ts';
import type { View } from './account-frame.ts';
import { resembles, type SafeName, safeName } from './consent-safe-name.ts';
import { type AskedWorkspace, workspaceField } from './consent-workspaces.ts';
import { type ConsentTexts, consentTexts } from './messages/consent.ts';
import type { Language } from './messages/language.ts';
import { signInAddress } from './return-to.ts';

const daySeconds = 24 * 3600;

/** What everything that an app may be allowed is shown with. */
export interface AskFacts {
  readonly client: AskingClient;
  readonly scopes: readonly AskedScope[];
  /** Empty where the app needs none. */
  readonly workspaces: readonly AskedWorkspace[];
  readonly chosenWorkspace: string | null;
  /** The page itself, to come back to after another sign-in. */
  readonly page: string;
  /** Names of services and apps that are registered here, which a stranger might imitate. */
  readonly knownNames: readonly string[];
  readonly problem?: string | undefined;
}

/** What the page of consent shows. */
export interface ConsentFacts extends AskFacts {
  readonly session: BrowserSession;
  readonly interaction: Interaction;
}

/** The name of an app that is fit to be shown, whoever chose it. */
export function nameOf(texts: ConsentTexts, client: Pick<AskingClient, 'name'>): SafeName {
  const safe = safeName(client.name);
  return safe.shown === '' ? { ...safe, shown: texts.nameless } : safe;
}

/** Who vouches for the app, and what is odd about its name. */
function standing(texts: ConsentTexts, client: AskingClient, knownNames: readonly string[]): Html {
  const name = nameOf(texts, client);
  if (client.origin === 'registered')
    return html`${client.service !== null && html`<p class="muted">${texts.service(client.service)}</p>`}`;
  const imitated = resembles(client.name, knownNames);
  const warnings = [
    client.origin === 'dynamic' && texts.notVerified,
    imitated !== undefined && texts.resembles(imitated),
    name.mixesAlphabets && texts.mixesAlphabets,
    name.isAltered && texts.nameAltered,
  ].filter((warning) => warning !== false);
  return html`${
    client.origin === 'metadata_document'
      ? html`<p class="muted">${texts.fromDocument} <code>${hostOf(client.clientId)}</code></p>`
      : false
  }${warnings.length > 0 && html`<ul class="warning">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`}`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** The sign of an app: its logo where an administrator gave it one, else a letter. A stranger’s picture can be anybody’s. */
function sign(client: AskingClient, shown: string): Html {
  return client.origin === 'registered' && client.logoUri !== null
    ? html`<img class="brand-logo" src="${client.logoUri}" alt="" width="40" height="40">`
    : html`<span class="brand-letter" aria-hidden="true">${[...shown][0]?.toUpperCase()}</span>`;
}

/** Who asks, in one box: a sign, the name, who vouches for it. */
export function clientCard(texts: ConsentTexts, facts: AskFacts, more?: Html | false): Html {
  const { client, knownNames } = facts;
  const { shown } = nameOf(texts, client);
  return html`<div class="card stack client"><p class="client-name">${sign(client, shown)}<strong><bdi>${shown}</bdi></strong></p>
${standing(texts, client, knownNames)}${more}</div>`;
}

interface ScopeWords {
  readonly title: string;
  readonly help: string | undefined;
}

/** A scope in plain words: our own ones translated, a service’s as the service describes it. */
export function scopeInWords(
  texts: ConsentTexts,
  scope: Pick<AskedScope, 'name' | 'description'>,
): ScopeWords {
  switch (scope.name) {
    case 'openid':
      return { title: texts.scopeOpenid, help: texts.scopeOpenidHelp };
    case 'profile':
      return { title: texts.scopeProfile, help: texts.scopeProfileHelp };
    case 'email':
      return { title: texts.scopeEmail, help: texts.scopeEmailHelp };
    case 'offline_access':
      return { title: texts.scopeOffline, help: texts.scopeOfflineHelp };
    default: {
      const { shown } = safeName(scope.name);
      return scope.description === '' || scope.description === scope.name
        ? { title: texts.scopeOther(shown), help: undefined }
        : { title: scope.description, help: shown };
    }
  }
}

/** The name of the form field of a scope's switch. */
export const scopeField = (scope: string): string => `scope ${scope}`;

/** Everything between who asks and the two buttons: what it may do, what not, where, for how long. */
export function askFields(texts: ConsentTexts, language: Language, facts: AskFacts): Html {
  const { scopes, workspaces, chosenWorkspace: chosen, page, problem } = facts;
  const scope = (one: AskedScope, index: number): Html => {
    const { title, help } = scopeInWords(texts, one);
    const id = `scope-${index}`;
    const text = html`<span class="switch-text"><span>${title}</span>${(help || one.required) && html`<span class="help" id="${id}-help">${help}${one.required && html` (${texts.alwaysIncluded})`}</span>`}</span>`;
    return one.required
      ? html`<li class="switch">${text}</li>\n`
      : html`<li><label class="switch">${text}<input type="checkbox" role="switch" name="${scopeField(one.name)}" value="on" checked${help && html` aria-describedby="${id}-help"`}></label></li>\n`;
  };
  const { idleSeconds, absoluteSeconds } = grantLives.oauth;
  return html`${problem && html`<p class="notice" role="alert">${problem}</p>`}
<h2>${texts.allowsTitle}</h2>
<ul class="switches">${scopes.map(scope)}</ul>
${workspaces.length > 0 && workspaceField(texts, language, { workspaces, chosen, returnTo: page })}
<h2>${texts.deniesTitle}</h2>
<ul class="denied"><li>${texts.deniesPassword}</li><li>${texts.deniesAccount}</li><li>${texts.deniesMore}</li></ul>
<p class="muted"><strong>${texts.durationTitle}</strong><br>${texts.durationText(absoluteSeconds / daySeconds, idleSeconds / daySeconds)}</p>`;
}

/** Two buttons of one size: a no is as easy as a yes. */
export function decisionButtons(refuse: string, allow: string): Html {
  return html`<div class="decision"><button type="submit" class="secondary" name="decision" value="refuse">${refuse}</button><button type="submit" name="decision" value="allow">${allow}</button></div>`;
}

/** Where a consent or refusal leads, and what to mind about it. */
function destination(texts: ConsentTexts, interaction: Interaction): Html {
  // An app of this device is known by a scheme of its own instead of a host (RFC 8252 §7.1).
  const place = (host: string) =>
    host.endsWith(':') ? texts.returnsToApp(host) : html`<code>${host}</code>`;
  return html`${interaction.redirectHost !== null && html`<p>${texts.returnsTo} ${place(interaction.redirectHost)}</p>`}${interaction.isLoopbackOnly && html`<p class="warning">${texts.loopback}</p>`}`;
}

const accountLine = (texts: ConsentTexts, session: BrowserSession, uid: string): Html =>
  html`<p class="muted">${texts.signedInAs} <strong><bdi>${session.email}</bdi></strong>. <a href="${signInAddress({ returnTo: `/interaction/${uid}`, again: true })}">${texts.otherAccount}</a></p>`;

/** Asks whether an app may have what it asks for. */
export function consentPage(view: View, facts: ConsentFacts): RawAnswer {
  const texts = consentTexts(view.language);
  const { session, interaction, client } = facts;
  return view.page({
    title: texts.title(nameOf(texts, client).shown),
    status: facts.problem === undefined ? 200 : 422,
    body: html`${accountLine(texts, session, interaction.uid)}
${clientCard(texts, facts, destination(texts, interaction))}
<form class="card" method="post"><input type="hidden" name="account" value="${session.userId}">
${askFields(texts, view.language, facts)}
${decisionButtons(texts.refuse, texts.allow)}
<p class="help">${texts.refuseHelp}</p></form>`,
  });
}

/** Asks which account to go on with. */
export function selectAccountPage(view: View, facts: ConsentFacts): RawAnswer {
  const texts = consentTexts(view.language);
  const { session, interaction, client } = facts;
  return view.page({
    title: texts.accountTitle,
    lead: texts.accountLead(nameOf(texts, client).shown),
    body: html`${clientCard(texts, facts, destination(texts, interaction))}
<form class="card" method="post"><input type="hidden" name="account" value="${session.userId}">
<button type="submit" name="decision" value="continue">${texts.accountContinue(session.email)}</button>
<a class="button secondary" href="${signInAddress({ returnTo: `/interaction/${interaction.uid}`, again: true })}">${texts.otherAccount}</a>
<button type="submit" class="secondary" name="decision" value="refuse">${texts.refuse}</button></form>`,
  });
}

/** Says that a sign-in is not worth as much as the app asks for, and what helps. */
export function strongerSignInPage(view: View, facts: ConsentFacts): RawAnswer {
  const texts = consentTexts(view.language);
  const { session, interaction, client } = facts;
  const wantsPasskey =
    interaction.acrValues.length > 0 && interaction.acrValues.every((value) => value === 'phr');
  return view.page({
    title: texts.strongerTitle,
    lead: texts.strongerLead(nameOf(texts, client).shown),
    body: html`${accountLine(texts, session, interaction.uid)}
<form class="card" method="post"><input type="hidden" name="account" value="${session.userId}">
<p>${wantsPasskey ? texts.strongerPasskey : texts.strongerFactor}</p>
<a class="button" href="${signInAddress({ returnTo: `/interaction/${interaction.uid}`, again: true, secondFactor: true, loginHint: session.email })}">${texts.strongerAgain}</a>
<a class="button secondary" href="/account/security">${texts.strongerAdd}</a>
<button type="submit" class="secondary" name="decision" value="refuse">${texts.refuse}</button></form>`,
  });
}

/** A request that was answered already, has run out, or belongs to another browser. */
export function requestOverPage(view: View): RawAnswer {
  const texts = consentTexts(view.language);
  return view.page({
    title: texts.goneTitle,
    lead: texts.goneLead,
    status: 410,
    body: html`<div class="card stack"><p>${texts.goneHelp}</p><p class="muted">${texts.goneRefused}</p></div>`,
  });
}
