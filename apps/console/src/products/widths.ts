import type { AdminField, FieldType } from '@castellan/contract';

/** How narrow a column may get before a list scrolls sideways, and how wide it likes to be; in pixels. */
interface Range {
  readonly least: number;
  readonly liked: number;
}

const usual: Range = { least: 120, liked: 200 };
const ranges: Partial<Record<FieldType, Range>> = {
  boolean: { least: 72, liked: 96 },
  integer: { least: 80, liked: 112 },
  bigint: { least: 112, liked: 160 },
  decimal: { least: 96, liked: 128 },
  float: { least: 96, liked: 128 },
  date: { least: 112, liked: 128 },
  datetime: { least: 184, liked: 184 },
  timestamp: { least: 124, liked: 152 },
  uuid: { least: 104, liked: 120 },
  enum: { least: 112, liked: 136 },
  json: { least: 120, liked: 240 },
  text: { least: 120, liked: 280 },
};
const link: Range = { least: 152, liked: 240 };
/** Room for a heading of one line: its letters, the arrow of its order, the gaps beside it. */
const headingOf = (label: string): number => Math.min(200, Math.ceil(label.length * 6.4) + 44);

/** One column of a list, as far as its width goes. */
export interface FittedColumn {
  readonly field: Pick<AdminField, 'label' | 'type' | 'references'>;
  /** It names the row and opens it. */
  readonly isLink: boolean;
}

/**
 * Widths of a list's columns, as CSS. They give way together while the list has less room than they like, and the list scrolls sideways
 * only where even the least of each does not fit: a list of a few usual columns is whole on a usual screen, whatever the product.
 *
 * @param beside what else stands in the row, in pixels
 */
export function fittedWidths(columns: readonly FittedColumn[], beside: number): readonly string[] {
  const fitted = columns.map(({ field, isLink }): Range => {
    const range = isLink ? link : field.references ? usual : (ranges[field.type] ?? usual);
    const heading = headingOf(field.label);
    return { least: Math.max(range.least, heading), liked: Math.max(range.liked, heading) };
  });
  const least = fitted.reduce((sum, range) => sum + range.least, 0);
  const slack = fitted.reduce((sum, range) => sum + range.liked, 0) - least;
  return fitted.map((range) => {
    const share = slack > 0 ? (range.liked - range.least) / slack : 0;
    // What the list has beyond the least of all its columns, and this column's share of that.
    return `clamp(${range.least}px, ${range.least}px + (100cqw - ${least + beside}px) * ${share.toFixed(4)}, ${range.liked}px)`;
  });
}
