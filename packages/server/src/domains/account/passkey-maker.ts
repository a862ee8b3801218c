import { field } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { securityTexts } from './messages/security.ts';

/**
 * What the script of the account pages makes a passkey with: the name it is to have, what can go wrong, and the recovery
 * codes that come with a first factor. Stands in something that is hidden without scripts.
 */
export function passkeyMaker(
  { language }: Pick<View, 'language'>,
  facts: {
    readonly email: string;
    /** Where to go on. */
    readonly done: string;
    /** Where to sign in again when it has been too long. */
    readonly signInAgain: string;
    readonly isFocused?: boolean;
  },
): Html {
  const texts = securityTexts(language);
  const { email, done, signInAgain, isFocused = false } = facts;
  return html`<form class="stack passkey-maker" data-passkey-register data-done="${done}" novalidate>
${field({ name: 'name', label: texts.passkeyName, type: 'text', autocomplete: 'off', value: '', help: texts.passkeyNameHelp, focused: isFocused })}
<p class="notice" role="alert" data-passkey-problem hidden>${texts.passkeyFailed}</p>
<p class="notice" role="alert" data-passkey-problem="passkey_exists" hidden>${texts.passkeyExists}</p>
<p class="notice" role="alert" data-passkey-problem="factor_exists" hidden>${texts.passkeyTooMany}</p>
<p class="notice" role="alert" data-passkey-problem="recent_sign_in_required" hidden>${texts.passkeyTooLate} <a href="${signInAgain}">${texts.signInAgain}</a></p>
<button type="submit">${texts.passkeyMake}</button></form>
<section class="stack passkey-maker" data-recovery-codes hidden><h2>${texts.recoveryShownTitle}</h2><p>${texts.recoveryShownLead}</p>
<ul class="codes" data-recovery-list></ul>
<div class="decision"><a class="button secondary" data-recovery-file data-head="${texts.recoveryFileHead(email, '')}" download="${texts.recoveryFileName}">${texts.recoveryDownload}</a><a class="button" href="${done}">${texts.recoveryKept}</a></div></section>`;
}
