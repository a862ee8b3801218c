import { displayName, newPassword } from '@castellan/contract';
import type { FormField } from '../../platform/pages/form.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';
import type { CredentialTexts } from './messages/credential-messages.ts';

/** What somebody chose as a password, or what is wrong with it, in words that say how to mend it. */
export type ReadPassword =
  | { readonly password: string; readonly problems?: undefined }
  | { readonly problems: { readonly password?: string; readonly password_again?: string } };

/**
 * Reads a new password and its repetition.
 * @param about what guessers of this account would begin with: its e-mail, its name
 */
export function readNewPassword(
  texts: CredentialTexts,
  body: Readonly<Record<string, string>>,
  isEasyToGuess: IsEasyToGuess,
  about: readonly string[],
): ReadPassword {
  const { password = '', password_again: again } = body;
  if (password === '') return { problems: { password: texts.passwordMissing } };
  if (!newPassword.safeParse(password).success)
    return {
      problems: {
        password: password.length < 12 ? texts.passwordShort(password.length) : texts.passwordLong,
      },
    };
  if (isEasyToGuess(password, about)) return { problems: { password: texts.passwordCommon } };
  // The page asks for it again, because nobody can see what they typed; who posts without the page need not.
  if (again !== undefined && again !== password)
    return { problems: { password_again: texts.passwordDiffers } };
  return { password };
}

/** The two fields in which a password is chosen. */
export function newPasswordFields(
  texts: CredentialTexts,
  label: string,
  problems: { readonly password?: string; readonly password_again?: string } = {},
): FormField[] {
  const kind = { type: 'password', autocomplete: 'new-password' } as const;
  return [
    { ...kind, name: 'password', label, help: texts.passwordRule, error: problems.password },
    { ...kind, name: 'password_again', label: texts.passwordAgain, error: problems.password_again },
  ];
}

/** Reads a name, or says how to mend it. */
export function readName(
  texts: CredentialTexts,
  typed: string | undefined,
): { readonly name: string; readonly problem?: undefined } | { readonly problem: string } {
  const parsed = displayName.safeParse(typed ?? '');
  if (parsed.success) return { name: parsed.data };
  return { problem: (typed ?? '').trim() === '' ? texts.nameMissing : texts.nameWrong };
}

/** Hashes a password, or says that there is no time for it now. @returns the hash, or the refusal to tell in the form */
export async function hashOrWait(
  hash: (password: string) => Promise<string>,
  password: string,
): Promise<string | Refusal> {
  try {
    return await hash(password);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'overloaded') return error;
    throw error;
  }
}
