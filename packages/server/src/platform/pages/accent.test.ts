import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accentAddress, accentStyleSheet } from './accent.ts';

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((left, right) => left - right) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
}

const roleOf = (sheet: string, role: string, mode: 0 | 1): string =>
  new RegExp(`${role}:light-dark\\((#\\w{6}),(#\\w{6})\\)`).exec(sheet)![mode + 1]!;

it('whatever colour a product chooses, its buttons, links and focus can be read and seen (WCAG 2.2)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const sheet = accentStyleSheet(`#${number.toString(16).padStart(6, '0')}`)!;
      for (const [mode, ground] of [
        [0, '#fbfbfc'],
        [1, '#1b1d22'],
      ] as const) {
        const accent = roleOf(sheet, '--accent', mode);
        const text = roleOf(sheet, '--accent-text', mode);
        expect(contrast(accent, text)).toBeGreaterThanOrEqual(4.45); // Rounded to whole steps of a colour.
        expect(contrast(roleOf(sheet, '--accent-hover', mode), text)).toBeGreaterThanOrEqual(4.45);
        expect(contrast(accent, ground)).toBeGreaterThanOrEqual(2.95);
        expect(contrast(roleOf(sheet, '--text-accent', mode), ground)).toBeGreaterThanOrEqual(4.45);
        expect(contrast(roleOf(sheet, '--border-focus', mode), ground)).toBeGreaterThanOrEqual(2.95);
      }
    }),
    { numRuns: 2000 },
  );
});

it('takes a colour and nothing else', () => {
  for (const text of ['', 'red', '#fff', '#12345g', '#1234567', '}body{display:none', '#123456;}'])
    expect([accentStyleSheet(text), accentAddress(text)]).toEqual([undefined, undefined]);
  expect(accentAddress('#AABBCC')).toBe('/assets/accent-aabbcc.css');
});
