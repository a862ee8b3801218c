import { hostCookieName, readCookie, writeCookie } from '../../../platform/http/cookies.ts';

/** The languages that every account page speaks. */
export const languages = ['en', 'de'] as const;
/** One of the languages, by its tag (BCP 47). */
export type Language = (typeof languages)[number];

/** How each language calls itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** The cookie that keeps a chosen language. It says nothing about a person. */
export const languageCookieName = 'castellan_language';

const yearSeconds = 365 * 24 * 3600;

/** The `Set-Cookie` value that keeps a language in the browser. */
export function languageCookie(language: Language, secure: boolean): string {
  return writeCookie(languageCookieName, language, { secure, maxAgeSeconds: yearSeconds });
}

/** The language that a text names exactly; `undefined` for any other. */
export function asLanguage(text: string | undefined): Language | undefined {
  return languages.find((language) => language === text);
}

/** One wish of `Accept-Language`, such as `de-AT;q=0.8`. */
function wishOf(part: string): { readonly tag: string; readonly weight: number } {
  const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
  const given = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('q='));
  const weight = given === undefined ? 1 : Number(given.slice(2));
  return { tag: tag.trim(), weight: Number.isFinite(weight) ? weight : 0 };
}

/** What a request says about languages. */
export interface LanguageWish {
  readonly cookies: string | undefined;
  readonly acceptLanguage: string | undefined;
}

/** The language of an answer to this request, by its cookie and its header. */
export function languageOf(wish: LanguageWish, secure: boolean): Language {
  return chooseLanguage(
    readCookie(wish.cookies, hostCookieName(languageCookieName, secure)),
    wish.acceptLanguage,
  );
}

/**
 * The language of a page: the chosen one, else the first that the browser wishes for and we speak, else English.
 *
 * @param accepted the header `Accept-Language` (RFC 9110 §12.5.4); `de-AT` is answered in German
 */
export function chooseLanguage(chosen: string | undefined, accepted: string | undefined): Language {
  const kept = asLanguage(chosen);
  if (kept) return kept;
  const wishes = (accepted ?? '')
    .slice(0, 500)
    .split(',')
    .map(wishOf)
    .filter(({ weight }) => weight > 0)
    // Sorting is stable: of two that weigh the same, the one named first is preferred.
    .sort((left, right) => right.weight - left.weight);
  for (const { tag } of wishes) {
    const spoken = asLanguage(tag.split('-')[0]);
    if (spoken) return spoken;
  }
  return 'en';
}
