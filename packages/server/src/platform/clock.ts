/** Where every part of the platform reads the time from, so that tests can move it. */
export interface Clock {
  /** The present moment. */
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** `seconds` after (or, negative, before) a moment. */
export function after(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}

/** The earlier one of two moments. */
export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
