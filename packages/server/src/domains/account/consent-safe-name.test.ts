import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readingOf, resembles, safeName } from './consent-safe-name.ts';

describe('names that somebody else chose', () => {
  it('ordinary names of many languages stay as they are', () => {
    for (const name of [
      'Orders',
      'Müller & Söhne GmbH',
      '注文システム',
      'Система заказов',
      'Παραγγελίες',
      'نظام الطلبات',
      'ระบบสั่งซื้อ',
      'हिन्दी ऐप',
      'Việt Nam 2',
      'R2-D2 (beta)',
    ]) {
      const safe = safeName(name);
      expect(safe.shown).toBe(name.normalize('NFKC'));
      expect(safe).toMatchObject({ isAltered: false, mixesAlphabets: false });
    }
  });

  it('whatever it is, what is shown is one short line without anything that hides or turns text', () => {
    const nasty = fc.constantFrom(
      ...[
        '\u202E',
        '\u2066',
        '\u200F',
        '\u200B',
        '\uFEFF',
        '\u00AD',
        '\u2028',
        '\n',
        '\t',
        '\0',
        '\u0301',
        '\u0489',
      ],
      ...['\u{E0041}', '\uFE0F', '\u3164', 'ﷺ', '👩‍👩‍👧‍👦', '\uD800', 'a', 'B', ' ', '<', '&', 'я', 'Ω'],
    );
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 300 }), (parts) => {
        const { shown } = safeName(parts.join(''));
        expect([...new Intl.Segmenter('en').segment(shown)].length).toBeLessThanOrEqual(60);
        expect(shown.length).toBeLessThan(600);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|\p{M}{3}| {2}|^ | $/u);
        // It is settled: shown again, it does not change again.
        if (!shown.endsWith('…')) expect(safeName(shown).shown).toBe(shown);
      }),
    );
  });

  it('letters of several alphabets in one word are noticed, several words of one each are not', () => {
    expect(safeName('Оrders').mixesAlphabets).toBe(true);
    expect(safeName('Gοοgle').mixesAlphabets).toBe(true);
    expect(safeName('Яндекс Browser').mixesAlphabets).toBe(false);
  });

  it('finds the known name that one is mistaken for', () => {
    const known = ['Castellan', 'Orders', 'Paypal', 'Warm Room'];
    for (const [name, mistakenFor] of [
      ['0rders', 'Orders'],
      ['Οrders', 'Orders'],
      ['O R D E R S', 'Orders'],
      ['Oŕdérs', 'Orders'],
      ['раураl', 'Paypal'],
      ['CASTE11AN', 'Castellan'],
      ['Vvarrn Roorn', 'Warm Room'],
      ['orders.', 'Orders'],
      ['Orders login', 'Orders'],
      ['The new warm-room app', 'Warm Room'],
    ] as const)
      expect(resembles(name, known), name).toBe(mistakenFor);
    for (const name of ['Border', 'Order', 'Castle', '', '—', '注文'])
      expect(resembles(name, known)).toBeUndefined();
    expect(readingOf('')).toBe('');
  });
});
