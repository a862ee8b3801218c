import { describe, expect, it } from 'vitest';
import { chooseLanguage } from './language.ts';

describe('the language of a page', () => {
  it.each([
    [undefined, undefined, 'en'],
    [undefined, 'de', 'de'],
    [undefined, 'de-AT,de;q=0.9,en;q=0.8', 'de'],
    [undefined, 'fr-FR,fr;q=0.9', 'en'],
    [undefined, 'fr, de;q=0.5, en;q=0.4', 'de'],
    [undefined, 'en;q=0.1, de;q=0.9', 'de'],
    [undefined, 'de;q=0, en', 'en'],
    [undefined, '*', 'en'],
    [undefined, 'de;q=nonsense', 'en'],
    [undefined, ';;,,=', 'en'],
    ['de', 'en', 'de'],
    ['xx', 'de', 'de'],
  ])('chosen %s, accepted %s: %s', (chosen, accepted, language) => {
    expect(chooseLanguage(chosen, accepted)).toBe(language);
  });
});
