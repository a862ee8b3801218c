/** A count with its noun: "1 member", "1,200 members". */
export const counted = (many: number, one: string): string =>
  `${many.toLocaleString()} ${one}${many === 1 ? '' : 's'}`;
