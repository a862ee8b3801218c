/** The words of a text as they are compared: lower case, split at everything that is neither letter nor digit. */
const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/**
 * How well a text fits what was typed: each typed word must begin one of its words, as in the lists' own search.
 *
 * @returns 0 where it begins with what was typed, 1 where its words do so in that order from the first on, 2 where they
 * are there; `undefined` where it does not match
 */
export function fits(search: string, text: string): number | undefined {
  const typed = wordsOf(search);
  const held = wordsOf(text);
  if (typed.length === 0) return 0;
  if (!typed.every((word) => held.some((each) => each.startsWith(word)))) return undefined;
  if (text.toLowerCase().startsWith(search.trim().toLowerCase())) return 0;
  return typed.every((word, index) => held[index]?.startsWith(word)) ? 1 : 2;
}

/** What matches, the best first; those that fit alike stay in their order. */
export function matching<T>(search: string, things: readonly T[], textOf: (thing: T) => string): T[] {
  return things
    .map((thing) => ({ thing, fit: fits(search, textOf(thing)) }))
    .filter((each): each is { thing: T; fit: number } => each.fit !== undefined)
    .sort((left, right) => left.fit - right.fit)
    .map(({ thing }) => thing);
}
