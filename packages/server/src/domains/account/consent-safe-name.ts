/** A client's name as a person may be shown it, and what is suspicious about it. */
export interface SafeName {
  /** At most 60 characters, on one line, in reading order; never empty unless nothing readable was left. */
  readonly shown: string;
  /** Something was taken out or cut off, so that the shown name is not the whole of what the client calls itself. */
  readonly isAltered: boolean;
  /** Letters of alphabets that no one word mixes: what looks like one name may be another. */
  readonly mixesAlphabets: boolean;
}

const longestShown = 60;
/** Letters of most languages carry at most two marks; a pile of them climbs over the lines above. */
const mostMarks = 2;

/**
 * Makes a name that somebody else chose safe to read: markup is escaped by `html`, but control and direction characters
 * (Unicode TR 36 §3.6), invisible ones, piled marks and endless length mislead as plain text, too.
 */
export function safeName(given: string): SafeName {
  const visible = given
    .normalize('NFKC')
    .replace(/[\p{Zs}\p{Zl}\p{Zp}\t\r\n]/gu, ' ')
    // Controls, formats (directions, joiners, zero widths, tags), surrogates, private use, unassigned.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    // Blank though they count as letters (Hangul fillers, the Braille blank), and variation selectors.
    .replace(/[\u115F\u1160\u3164\uFFA0\u2800\p{Variation_Selector}]/gu, '')
    .replace(/ +/g, ' ')
    // What was taken out may have kept marks from their letter.
    .normalize('NFKC')
    .replace(new RegExp(`(\\p{M}{${mostMarks}})\\p{M}+`, 'gu'), '$1')
    .trim();
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(visible)];
  const isCut = characters.length > longestShown;
  const shown = isCut
    ? `${characters
        .slice(0, longestShown - 1)
        .map(({ segment }) => segment)
        .join('')
        .trimEnd()}…`
    : visible;
  return {
    shown,
    isAltered: isCut || visible !== given.trim().normalize('NFKC'),
    mixesAlphabets: mixesAlphabets(shown),
  };
}

/** Alphabets whose letters are mistaken for each other (Unicode TR 39 §5.1, as far as European names go). */
const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
] as const;

function mixesAlphabets(text: string): boolean {
  return text
    .split(/[^\p{L}\p{M}]+/u)
    .some((word) => alphabets.filter((alphabet) => alphabet.test(word)).length > 1);
}

/** Letters and digits that are read as another one. The right side is what they are compared as. */
const lookAlikes: Readonly<Record<string, string>> = {
  // Cyrillic
  а: 'a', в: 'b', е: 'e', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x', і: 'i', ј: 'j', ѕ: 's', ԁ: 'd', һ: 'h', ԛ: 'q', ԝ: 'w', ӏ: 'l', г: 'r', п: 'n',
  // Greek
  α: 'a', β: 'b', ε: 'e', η: 'n', ι: 'i', κ: 'k', μ: 'u', ν: 'v', ο: 'o', ρ: 'p', σ: 'o', τ: 't', υ: 'u', χ: 'x', γ: 'y', ω: 'w',
  // Latin and digits
  '0': 'o', '1': 'l', '3': 'e', '5': 's', i: 'l', '|': 'l', ı: 'l', ß: 'b', ø: 'o', đ: 'd', ł: 'l', æ: 'ae', œ: 'oe',
}; // biome-ignore format: a table of letters is read by the row

/** What a name is read as: two names with the same reading are mistaken for each other (Unicode TR 39 §4, in small). */
export function readingOf(name: string): string {
  const letters = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  const read = [...letters].map((letter) => lookAlikes[letter] ?? letter).join('');
  return [...read]
    .map((letter) => lookAlikes[letter] ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const wordsOf = (name: string): string[] => name.split(/[\p{Z}\p{P}\p{C}]+/u).filter(Boolean);

/**
 * The name among `known` that `name`, or some words of it in a row, would be mistaken for: “0rders”, “Orders login”.
 * @returns `undefined` where there is none
 */
export function resembles(name: string, known: readonly string[]): string | undefined {
  const words = wordsOf(name);
  const looksLike = (one: string): boolean => {
    const reading = readingOf(one);
    if (reading === '') return false;
    const length = wordsOf(one).length;
    return (
      readingOf(name) === reading ||
      words.some((_, start) => readingOf(words.slice(start, start + length).join('')) === reading)
    );
  };
  return known.find(looksLike);
}
