/** Random choices that come out the same every time. */
export interface Random {
  /** From 0 up to 1. */
  fraction(): number;
  pick<T>(from: readonly T[]): T;
  /** In the form of version 4. */
  uuid(): string;
}

/** A small generator (mulberry32) seeded by a text: enough for sample data, and for nothing secret. */
export function createRandom(seed: string): Random {
  let state = 0;
  for (const character of seed) state = (Math.imul(state, 31) + character.codePointAt(0)!) | 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const word = (): string =>
    Math.floor(fraction() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0');
  return {
    fraction,
    pick: (from) => from[Math.floor(fraction() * from.length)]!,
    uuid() {
      const hex = word() + word() + word() + word();
      const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4];
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}
