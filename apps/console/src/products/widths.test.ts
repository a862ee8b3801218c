import { expect, it } from 'vitest';
import { type FittedColumn, fittedWidths } from './widths.ts';

const column = (type: FittedColumn['field']['type'], label = 'Field', isLink = false): FittedColumn => ({
  field: { label, type, references: null },
  isLink,
});
/** What a browser makes of the widths in a list of so many pixels. */
const inPixels = (widths: readonly string[], room: number): readonly number[] =>
  widths.map((width) => {
    const parts = /^clamp\((\d+)px, (\d+)px \+ \(100cqw - (\d+)px\) \* ([\d.]+), (\d+)px\)$/.exec(width);
    const [least, , taken, share, liked] = (parts ?? []).slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return Math.max(least, Math.min(liked, least + (room - taken) * share));
  });
const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

const list = [
  column('string', 'Number', true),
  column('enum', 'Status'),
  column('uuid', 'Customer'),
  column('bigint', 'Total'),
  column('string', 'Currency'),
  column('timestamp', 'Created'),
  column('string', 'Note'),
];

it('columns fill exactly the room that is there, down to the least of each', () => {
  const widths = fittedWidths(list, 36);
  for (const room of [950, 1000, 1100, 1150]) expect(total(inPixels(widths, room)) + 36).toBeCloseTo(room, 0);
});

it('with more room each is as wide as it likes, with less it is never narrower than it can be read', () => {
  const widths = fittedWidths(list, 0);
  expect(inPixels(widths, 3000)[0]).toBe(240);
  expect(Math.min(...inPixels(widths, 300))).toBeGreaterThanOrEqual(72);
  expect(inPixels(fittedWidths([column('boolean', 'A rather long heading')], 0), 0)[0]).toBeGreaterThan(160);
});
