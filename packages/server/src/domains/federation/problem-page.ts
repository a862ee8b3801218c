import { federationLogin, pathOf } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { correlationLine, type View } from '../account/account-frame.ts';
import { checkReturnTo, ownPages, signInAddress } from '../account/return-to.ts';
import type { FederationProblemCode } from './federation-problem.ts';
import { federationMessages } from './messages.ts';

/** Where people see and change how they sign in. */
export const securityPath = '/account/security';

/** What a page about a problem is told in its address: nothing that is a secret or about a person. */
export interface ProblemAddress {
  readonly code: FederationProblemCode;
  /** The provider's slug. */
  readonly provider?: string | undefined;
  readonly returnTo?: string | null | undefined;
  /** They had set out to link an account, not to sign in. */
  readonly link?: boolean | undefined;
  /** The correlation id of what went wrong. */
  readonly reference?: string | null | undefined;
}

/**
 * Where a browser is sent when a sign-in led nowhere: an address of its own, so that the provider's answer leaves the address
 * bar and the page can be loaded again in another language.
 */
export function problemAddress({ code, provider, returnTo, link, reference }: ProblemAddress): string {
  const query = new URLSearchParams();
  if (provider) query.set('provider', provider);
  if (returnTo && returnTo !== ownPages) query.set('return_to', returnTo);
  if (link) query.set('link', '1');
  if (reference) query.set('reference', reference);
  return `/auth/problem/${code}?${query}`;
}

const statuses: Readonly<Partial<Record<FederationProblemCode, number>>> = {
  provider_unknown: 404,
  provider_unavailable: 503,
  answer_refused: 400,
  attempt_unknown: 400,
  account_exists: 409,
  linked_elsewhere: 409,
  last_way_in: 409,
};

/** After these, the same way may well work a second time. */
const worthATry: readonly FederationProblemCode[] = [
  'provider_unavailable',
  'answer_refused',
  'attempt_unknown',
  'cancelled',
  'tenant_refused',
  'email_missing',
  'email_unverified',
];

const aboutLinks: readonly FederationProblemCode[] = ['linked_elsewhere', 'link_other_person', 'last_way_in'];

/** The ways on from a problem, the best one first. */
function waysOn(view: View, problem: ProblemAddress, providerName: string): Html {
  const texts = federationMessages(view.language);
  const { code, provider, link } = problem;
  const returnTo = checkReturnTo(problem.returnTo);
  const ways: (readonly [address: string, words: string])[] = [];
  if (link || aboutLinks.includes(code)) ways.push([securityPath, texts.toSecurity]);
  else if (code === 'account_exists')
    ways.push([signInAddress({ returnTo: securityPath }), texts.signInAndLink]);
  else {
    if (provider && worthATry.includes(code))
      ways.push([
        `${pathOf(federationLogin, { provider })}?${new URLSearchParams({ return_to: returnTo })}`,
        texts.tryAgain(providerName),
      ]);
    ways.push([signInAddress({ returnTo }), texts.toSignIn]);
  }
  return html`<div class="actions">${ways.map(([address, words], index) => html`<a class="button${index > 0 && ' secondary'}" href="${address}">${words}</a>\n`)}</div>`;
}

const referencePattern = /^[\w.-]{8,64}$/;

/**
 * The page about a problem: what happened, what to do, and the ways on.
 * @param providerName as people know the provider; `undefined` when the address names none that we have
 */
export function problemPage(
  view: View,
  problem: ProblemAddress,
  providerName: string | undefined,
): RawAnswer {
  const texts = federationMessages(view.language);
  const { code, reference } = problem;
  const name = providerName ?? texts.someProvider;
  const correlationId = reference && referencePattern.test(reference) ? reference : view.correlationId;
  return view.page({
    title: texts[`${code}_title`],
    lead: texts[`${code}_lead`](name),
    status: statuses[code] ?? 403,
    body: html`<div class="card stack"><p>${texts[`${code}_help`](name)}</p>${waysOn(view, { ...problem, provider: providerName && problem.provider }, name)}${correlationLine({ language: view.language, correlationId })}</div>`,
  });
}

/**
 * The page between a form of ours and a provider. A form may lead to our own pages only (`form-action`), redirects included, so
 * the browser is sent on from here: by itself, or by the link.
 */
export function continuePage(view: View, address: string, providerName: string): RawAnswer {
  const texts = federationMessages(view.language);
  return view.page({
    title: texts.continueTitle(providerName),
    lead: texts.continueLead(providerName),
    body: html`<div class="card stack"><a class="button" href="${address}">${texts.continueLink(providerName)}</a></div>`,
    // Addresses are written by URL, which escapes quotes, commas aside; none of them ends the value.
    headers: { refresh: `0; url=${address}` },
  });
}
