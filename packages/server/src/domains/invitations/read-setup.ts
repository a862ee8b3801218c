import { readName, readNewPassword } from '../account/credential-form.ts';
import { credentialMessages } from '../account/messages/credential-messages.ts';
import type { Language } from '../account/messages/language.ts';
import { readEmail } from '../account/sign-in-form.ts';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';

/** What was typed to make the first administrator, and what is wrong with it, in words that say how to mend it. */
export interface ReadSetup {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly problems: {
    readonly email?: string;
    readonly name?: string;
    readonly password?: string;
    readonly password_again?: string;
  };
}

/** Reads the form by the contract's schemas. */
export function readSetup(
  language: Language,
  body: Readonly<Record<string, string>>,
  isEasyToGuess: IsEasyToGuess,
): ReadSetup {
  const texts = credentialMessages(language);
  const email = readEmail({ language }, body.email);
  const named = readName(texts, body.name);
  const chosen = readNewPassword(texts, body, isEasyToGuess, [body.email ?? '', body.name ?? '']);
  return {
    email: email.problem === undefined ? email.email : (body.email ?? ''),
    name: named.problem === undefined ? named.name : (body.name ?? ''),
    password: chosen.problems ? '' : chosen.password,
    problems: {
      ...(email.problem === undefined ? {} : { email: email.problem }),
      ...(named.problem === undefined ? {} : { name: named.problem }),
      ...chosen.problems,
    },
  };
}
