import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function wordsOf(texts: readonly string[]): Promise<string[][]> {
  const { rows } = await database.pool.query<{ words: string[] }>(
    `SELECT ARRAY(SELECT unnest(tsvector_to_array(search_words(t))) COLLATE "C" ORDER BY 1) AS words
     FROM unnest($1::text[]) WITH ORDINALITY AS given (t, place) ORDER BY place`,
    [texts],
  );
  return rows.map((row) => row.words);
}

/** What a search splits a text into, lower case, each word once. */
const split = (text: string): string[] =>
  [
    ...new Set(
      text
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .filter(Boolean),
    ),
  ].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

describe('the words that lists are searched by', () => {
  it('are those that a search is split into, for names and e-mails with common signs', async () => {
    const sign = fc.constantFrom(...'abcxyzABCXYZ0189 @._+-');
    const texts = fc.sample(fc.string({ unit: sign, maxLength: 60 }), { numRuns: 500, seed: 42 });
    const found = await wordsOf(texts);
    for (const [index, text] of texts.entries()) expect(found[index], text).toEqual(split(text));
  });

  it.each([
    ["Sean O'Brien sean@example.com", ['brien', 'com', 'example', 'o', 'sean']],
    ['Smith, John (Ltd)', ['john', 'ltd', 'smith']],
    ['R&D/Ops', ['d', 'ops', 'r']],
    ['', []],
    ['  --  ', []],
  ])('are those of %j', async (text, words) => {
    expect(await wordsOf([text])).toEqual([words]);
  });
});
