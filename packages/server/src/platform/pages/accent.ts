/** A colour as three parts from 0 to 255. */
type Colour = readonly [red: number, green: number, blue: number];

const black: Colour = [0, 0, 0];
const white: Colour = [255, 255, 255];
/** The surfaces that accents stand on, of tokens.css: the least favourable of light and of dark. */
const lightGround: Colour = [251, 251, 252];
const darkGround: Colour = [27, 29, 34];
/** WCAG 2.2: text (1.4.3), and what can be operated (1.4.11). */
const textContrast = 4.5;
const controlContrast = 3;

/** Reads `#1a2b3c`; `undefined` for anything else. */
function readColour(text: string): Colour | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return match
    ? [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16), Number.parseInt(match[3]!, 16)]
    : undefined;
}

const writeColour = (colour: Colour): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** Relative luminance (WCAG 2.2). */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = Math.round(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** How well two colours can be told apart, from 1 to 21 (WCAG 2.2, contrast ratio). */
function contrast(one: Colour, other: Colour): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

const mix = (from: Colour, to: Colour, share: number): Colour =>
  from.map((part, index) => part + (to[index]! - part) * share) as unknown as Colour;

/** The colour nearest to `from`, on the way to `to`, that stands out enough from `ground`. */
function until(from: Colour, to: Colour, ground: Colour, ratio: number): Colour {
  for (let share = 0; share < 1; share += 0.04) {
    const mixed = mix(from, to, share);
    if (contrast(mixed, ground) >= ratio) return mixed;
  }
  return to;
}

/** White where it can be read on the colour, else black: one of the two always can. */
const textOn = (colour: Colour): Colour => (contrast(white, colour) >= textContrast ? white : black);

function rolesOn(ground: Colour, strong: Colour, chosen: Colour) {
  const accent = until(chosen, strong, ground, controlContrast);
  const text = textOn(accent);
  return {
    '--accent': accent,
    // Away from the text on it, so that it only becomes easier to read.
    '--accent-hover': mix(accent, text === white ? black : white, 0.12),
    '--accent-text': text,
    '--text-accent': until(chosen, strong, ground, textContrast),
    '--border-focus': until(chosen, strong, ground, controlContrast),
  } as const;
}

/**
 * A style sheet that makes a product's own colour the accent of a page. Where the colour could not be read or seen, the
 * nearest one is taken that can: whoever chooses it need not know of contrast, or of dark mode.
 *
 * @param chosen `#1a2b3c`
 * @returns `undefined` when that is no colour
 */
export function accentStyleSheet(chosen: string): string | undefined {
  const colour = readColour(chosen);
  if (!colour) return undefined;
  const light = rolesOn(lightGround, black, colour);
  const dark = rolesOn(darkGround, white, colour);
  const lines = Object.keys(light).map((role) => {
    const name = role as keyof typeof light;
    return `${role}:light-dark(${writeColour(light[name])},${writeColour(dark[name])})`;
  });
  return `:root{${lines.join(';')}}\n`;
}

/** Where the style sheet of a colour is; `undefined` when the text is no colour. */
export function accentAddress(chosen: string | null | undefined): string | undefined {
  return chosen && readColour(chosen) ? `/assets/accent-${chosen.slice(1).toLowerCase()}.css` : undefined;
}
