import { displayName } from '@castellan/contract';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { changeUser } from '../users/change-user.ts';
import type { AccountTexts } from './messages/account.ts';
import { asLanguage, type Language } from './messages/language.ts';
import { keepOwnLanguage } from './own-language.ts';

/** What was typed on the profile page, and what is wrong with it, in words that say how to mend it. */
export interface ReadProfile {
  readonly name: string;
  /** `undefined` leaves it as it is. */
  readonly language: Language | undefined;
  readonly problems: { readonly name?: string; readonly language?: string };
}

/** Reads the form of the profile page by the contract's schemas. */
export function readProfile(texts: AccountTexts, body: Readonly<Record<string, string>>): ReadProfile {
  const name = displayName.safeParse(body.name ?? '');
  const wanted = body.language ?? '';
  const language = asLanguage(wanted);
  return {
    name: name.success ? name.data : (body.name ?? ''),
    language,
    problems: {
      ...(name.success
        ? {}
        : { name: (body.name ?? '').trim() === '' ? texts.profileNameMissing : texts.profileNameTooLong }),
      ...(language === undefined && wanted !== '' ? { language: texts.languageUnknown } : {}),
    },
  };
}

/** Gives a person the name, told in the timeline where it is another one, and the language that they chose. */
export async function changeOwnProfile(
  tx: Transaction,
  session: BrowserSession,
  { name, language }: Pick<ReadProfile, 'name' | 'language'>,
): Promise<void> {
  await changeUser(tx, session.userId, { name });
  if (language) await keepOwnLanguage(tx, session.userId, language);
}
