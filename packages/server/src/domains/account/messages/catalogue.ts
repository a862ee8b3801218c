import type { Html } from '../../../platform/pages/html.ts';
import type { Language } from './language.ts';

/** One text of the pages: fixed words, or words with facts put in. */
type Message = string | ((...facts: never[]) => string | Html);

/** What a translation of a text must look like: the same facts, other words. */
type Translation<M> = M extends (...facts: infer Facts) => infer Text
  ? (...facts: Facts) => Text extends Html ? Html : string
  : string;

/** A set of texts in one language. */
export type Texts<Entries> = { readonly [Key in keyof Entries]: Translation<Entries[Key]> };

/**
 * Declares texts once in each language. English names the keys; a translation that lacks one, has one too many or takes
 * other facts does not compile.
 *
 * @returns the texts of a language
 * @example
 * const texts = catalogue(
 *   { title: 'Sign in', welcome: (name: string) => `Welcome, ${name}` },
 *   { de: { title: 'Anmelden', welcome: (name) => `Willkommen, ${name}` } },
 * );
 * texts('de').welcome('Ada');
 */
export function catalogue<const Entries extends Readonly<Record<string, Message>>>(
  english: Entries,
  translations: { readonly [Other in Exclude<Language, 'en'>]: Texts<Entries> },
): (language: Language) => Texts<Entries> {
  // English has the shape that its own type was made from.
  const all = { en: english as unknown as Texts<Entries>, ...translations };
  return (language) => all[language];
}
