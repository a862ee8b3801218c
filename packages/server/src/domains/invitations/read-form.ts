import { displayName, email as emailAddress, newPassword } from '@castellan/contract';
import type { z } from 'zod';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';

/** The fields that these pages' forms have. */
export type FormFieldName = 'email' | 'name' | 'password' | 'password_again';

/** What was typed, and what is wrong with it, in words that say how to mend it. */
export interface ReadForm {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly problems: Partial<Record<FormFieldName, string>>;
}

/** The rule of passwords, as people read it before they choose one. */
export const passwordRule =
  'At least 12 characters. Length is what makes it strong: a few words that only you would put together work well.';

const easyToGuess =
  'This one is easy to guess: it is common, or close to your name or the service’s. Put together a few words that only you would.';

/** Reads a form's fields by the contract's schemas; `undefined` in `asked` leaves a field out. */
export function readForm(
  body: Readonly<Record<string, string>>,
  asked: {
    readonly email: boolean;
    readonly isEasyToGuess: IsEasyToGuess;
    /** Words that guessers of this account would begin with. */
    readonly about: readonly string[];
  },
): ReadForm {
  const problems: Partial<Record<FormFieldName, string>> = {};
  const read = (
    field: FormFieldName,
    schema: z.ZodType<string>,
    explain: (typed: string) => string,
  ): string => {
    const typed = body[field] ?? '';
    const parsed = schema.safeParse(typed);
    if (parsed.success) return parsed.data;
    problems[field] = explain(typed.trim());
    return typed;
  };
  const email = asked.email
    ? read('email', emailAddress, (typed) =>
        typed === '' ? 'Enter your e-mail address.' : 'Enter an e-mail address such as ada@example.com.',
      )
    : '';
  const name = read('name', displayName, (typed) =>
    typed === '' ? 'Enter your name.' : 'Use at most 120 characters, all on one line.',
  );
  const password = read('password', newPassword, () => {
    const { length } = body.password ?? '';
    if (length === 0) return 'Choose a password.';
    return length < 12 ? `Use at least 12 characters; this has ${length}.` : 'Use at most 256 characters.';
  });
  if (!problems.password && asked.isEasyToGuess(password, [email, name, ...asked.about]))
    problems.password = easyToGuess;
  // The page asks for it again, because nobody can see what they typed; who posts without the page need not.
  const again = body.password_again;
  if (!problems.password && again !== undefined && again !== password)
    problems.password_again = 'The two passwords differ. Type the same one again.';
  return { email, name, password, problems };
}
