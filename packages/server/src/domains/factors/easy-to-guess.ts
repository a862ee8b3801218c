import { createRequire } from 'node:module';

type Core = typeof import('@zxcvbn-ts/core');
type Common = typeof import('@zxcvbn-ts/language-common');

/**
 * Guesses within which a password must not be found, as a power of ten. Online guessing is limited to a few hundred tries
 * a day for an account; this is what lists of common passwords, their variations and repetitions cover.
 */
const leastGuessesLog10 = 7;
/** What is looked at: the search for patterns takes the square of the length, and more of it only makes guessing harder. */
const longestChecked = 40;

/**
 * Whether a password is on a list of 49,000 common ones, or as near to one, to a keyboard row or to its owner as a
 * guesser's first tries are (NIST SP 800-63B-4 §3.1.1.2): instead of rules about kinds of characters.
 *
 * @param about words that guessers of this account would begin with: e-mail, name, the service
 */
export type IsEasyToGuess = (password: string, about?: readonly string[]) => boolean;

/** Loads its lists (30 MB) when the first password is set: most processes of a large house never need them. */
export function createGuessing(): IsEasyToGuess {
  const require = createRequire(import.meta.url);
  let check: ((password: string, about: string[]) => { readonly guessesLog10: number }) | undefined;
  return (password, about = []) => {
    if (!check) {
      const { ZxcvbnFactory } = require('@zxcvbn-ts/core') as Core;
      const common = require('@zxcvbn-ts/language-common') as Common;
      const guesser = new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
      check = (text, words) => guesser.check(text, words);
    }
    const words = wordsOf(about);
    if (words.includes(plain(password))) return true;
    return check(password.slice(0, longestChecked), words).guessesLog10 < leastGuessesLog10;
  };
}

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** `Ada Lovelace <ada.l@example.com>` as a guesser uses it: whole, by its parts, and without what stands between them. */
function wordsOf(about: readonly string[]): string[] {
  const parts = ['castellan', ...about].flatMap((text) => [
    text.toLowerCase(),
    ...text.toLowerCase().split(/[^\p{L}\p{N}]+/u),
    plain(text),
    plain(text.split('@')[0]!),
  ]);
  return [...new Set(parts)].filter((part) => part.length > 2);
}
