const dateForm = /^(\d{4})-(\d\d)-(\d\d)$/;
const timeForm = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/;
const zoneForm = /(Z|[+-]\d\d(?::?\d\d)?)$/i;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day of the calendar, `YYYY-MM-DD` from year 1 to 9999, or `undefined`. */
export function readDate(text: string): string | undefined {
  const parts = dateForm.exec(text);
  if (!parts) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = month === 2 && isLeap ? 29 : daysOfMonth[month - 1];
  return year >= 1 && last !== undefined && day >= 1 && day <= last ? text : undefined;
}

/** A time of day as `HH:MM:SS.ffffff`, or `undefined`. */
export function readTime(text: string): string | undefined {
  const parts = timeForm.exec(text);
  if (!parts) return undefined;
  const [, hours, minutes, seconds = '00', fraction = ''] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return `${hours}:${minutes}:${seconds}.${fraction.padEnd(6, '0')}`;
}

/** A date and time without a zone as `YYYY-MM-DDTHH:MM:SS.ffffff`, or `undefined`. */
export function readDateTime(text: string): string | undefined {
  const date = readDate(text.slice(0, 10));
  const time = /[T ]/.test(text.charAt(10)) ? readTime(text.slice(11)) : undefined;
  return date !== undefined && time !== undefined ? `${date}T${time}` : undefined;
}

/** An instant with its zone (`Z` or an offset) as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, or `undefined`. @param zone where the text has none */
export function readInstant(text: string, zone?: 'Z'): string | undefined {
  const found = text.length > 10 ? zoneForm.exec(text.slice(10))?.[1] : undefined;
  const offset = found ?? zone;
  if (offset === undefined) return undefined;
  const local = readDateTime(text.slice(0, text.length - (found?.length ?? 0)).trimEnd());
  if (local === undefined) return undefined;
  if (offset.toUpperCase() === 'Z') return `${local}Z`;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || 0)];
  if (hours > 15 || minutes > 59) return undefined;
  const shift = (hours * 60 + minutes) * (offset.startsWith('-') ? 60_000 : -60_000);
  const moved = new Date(Date.parse(`${local.slice(0, 19)}Z`) + shift);
  const year = moved.getUTCFullYear();
  return year >= 1 && year <= 9999 ? `${moved.toISOString().slice(0, 19)}${local.slice(19)}Z` : undefined;
}

/** Microseconds since 1970 of an instant in the form of {@link readInstant}, or of a date and time read as UTC. */
export function microsecondsOf(instant: string): bigint {
  return BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n + BigInt(instant.slice(20, 26) || '0');
}

/** The other way. `undefined` beyond the years 1 to 9999. */
export function instantOf(microseconds: bigint): string | undefined {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((microseconds - fraction) / 1000n));
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return undefined;
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`;
}

const writtenForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?$/;

/**
 * {@link readDateTime} for what a database wrote, which is no date and time that isn't there; as it came where it is something else
 * (`infinity`).
 */
export function writtenDateTime(text: string): string {
  return writtenForm.test(text) ? withMicroseconds(text) : (readDateTime(text) ?? text);
}

/** {@link readInstant} for what a database wrote in UTC. */
export function writtenInstant(text: string): string {
  return writtenForm.test(text) ? `${withMicroseconds(text)}Z` : (readInstant(text, 'Z') ?? text);
}

function withMicroseconds(text: string): string {
  return (text.length === 19 ? `${text}.` : text).padEnd(26, '0');
}
