import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { field } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { accountTexts } from './messages/account.ts';
import { type Language, languageNames, languages } from './messages/language.ts';
import type { ReadProfile } from './profile.ts';

/** What the profile page shows. */
export interface ProfileFacts {
  readonly session: BrowserSession;
  /** The name as it is, or as it was typed. */
  readonly name: string;
  readonly email: string;
  /** The language of the account. */
  readonly chosen: Language;
  readonly problems: ReadProfile['problems'];
  readonly notice: Html | false;
}

/** The form for name and language. */
export function profilePage(view: View, facts: ProfileFacts): RawAnswer {
  const texts = accountTexts(view.language);
  const { session, name, email, chosen, problems, notice } = facts;
  const option = (value: string, label: string, lang?: string) =>
    html`<option value="${value}"${lang && html` lang="${lang}"`}${value === chosen && html` selected`}>${label}</option>`;
  const hasProblem = Object.keys(problems).length > 0;
  return accountPage(view, session, 'profile', {
    title: texts.profileTitle,
    lead: texts.profileLead,
    status: hasProblem ? 422 : 200,
    body: html`${notice}<form class="card" method="post" novalidate>
${field({ name: 'name', label: texts.name, type: 'text', autocomplete: 'name', value: name, help: texts.profileNameHelp, error: problems.name, focused: problems.name !== undefined })}
<div class="field"><p class="label">${texts.email}</p><p class="value">${email}</p><p class="help">${texts.profileEmailHelp}</p></div>
<div class="field"><label for="language">${texts.language}</label>
<select id="language" name="language" aria-describedby="language-help${problems.language && ' language-error'}"${problems.language && html` aria-invalid="true"`}>${languages.map((language) => option(language, languageNames[language], language))}</select>
<p class="help" id="language-help">${texts.languageHelp}</p>${problems.language && html`<p class="problem" id="language-error">${problems.language}</p>`}</div>
<button type="submit">${texts.save}</button>
</form>`,
  });
}
