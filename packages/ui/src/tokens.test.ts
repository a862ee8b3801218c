import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

/** The light and the dark value of each token that is a colour of its own. */
const colours = new Map<string, readonly [light: string, dark: string]>();
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g))
  colours.set(name!, [light!, dark!]);
for (const [, name, both] of css.matchAll(/--([\w-]+): (#\w{6});/g)) colours.set(name!, [both!, both!]);

/** Relative luminance (WCAG 2.2). */
function luminanceOf(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrastOf(front: string, back: string, theme: 0 | 1): number {
  const [lighter, darker] = [front, back]
    .map((name) => luminanceOf(colours.get(name)![theme]))
    .sort((left, right) => right - left);
  return (lighter! + 0.05) / (darker! + 0.05);
}

const surfaces = [
  'surface-page',
  'surface-sunken',
  'surface-raised',
  'surface-float',
  'surface-hover',
  'surface-selected',
];
const texts = ['text-primary', 'text-muted', 'text-faint', 'text-accent'];
const meanings = ['success', 'warning', 'danger', 'info'];

const textPairs = [
  ...surfaces.flatMap((surface) => texts.map((text) => [text, surface] as const)),
  ...meanings.flatMap((meaning) =>
    [`${meaning}-surface`, 'surface-raised', 'surface-float', 'surface-hover'].map(
      (surface) => [`${meaning}-text`, surface] as const,
    ),
  ),
  ['text-muted', 'surface-pressed'],
  ['text-primary', 'surface-pressed'],
  ['text-inverse', 'surface-inverse'],
  ['accent-text', 'accent'],
  ['accent-text', 'accent-hover'],
  ['accent-text', 'danger-solid'],
  ['accent-text', 'danger-solid-hover'],
] as const;

const controlPairs = [
  ...['surface-page', 'surface-raised', 'surface-float'].flatMap((surface) =>
    ['border-control', 'border-focus', 'accent', 'accent-mark'].map((mark) => [mark, surface] as const),
  ),
  ['neutral-mark', 'surface-raised'],
] as const;

for (const [theme, name] of [
  [0, 'light'],
  [1, 'dark'],
] as const) {
  it(`text is readable in ${name}: 4.5 to 1 on every surface that it stands on (WCAG 2.2 §1.4.3)`, () => {
    const weak = textPairs
      .map(([text, surface]) => [`${text} on ${surface}`, contrastOf(text, surface, theme)] as const)
      .filter(([, contrast]) => contrast < 4.5);
    expect(weak).toEqual([]);
  });

  it(`controls and focus are visible in ${name}: 3 to 1 (WCAG 2.2 §1.4.11)`, () => {
    const weak = controlPairs
      .map(([mark, surface]) => [`${mark} on ${surface}`, contrastOf(mark, surface, theme)] as const)
      .filter(([, contrast]) => contrast < 3);
    expect(weak).toEqual([]);
  });
}
