import type { RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { consentTexts } from './messages/consent.ts';

/**
 * Goes on with an authorization request, which ends at the app’s own address. A browser is led there by a page of its own:
 * `form-action 'self'` also binds every redirect that follows a form (CSP 3 §6.4.2.1, as Chromium does it), so a redirect to
 * another origin would be blocked after the sign-in or consent form. Programs get the redirect (303).
 *
 * @param call.accept the `Accept` header
 * @param address a path of our own: the provider redirects from there
 */
export function goOn(call: { readonly accept: string | undefined }, view: View, address: string): RawAnswer {
  if (!/\btext\/html\b/.test(call.accept ?? '')) return view.redirect(address);
  const texts = consentTexts(view.language);
  return view.page({
    title: texts.leavingTitle,
    lead: texts.leavingLead,
    refresh: address,
    body: html`<p><a href="${address}">${texts.leavingLink}</a></p>`,
  });
}
