const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const shortWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** A date as short as it can be without doubt: the time of today, the day of this year, else with the year. */
export function formatDate(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return `Today, ${time.format(date)}`;
  return (date.getFullYear() === now.getFullYear() ? short : shortWithYear).format(date);
}

/** A date with everything. */
export function formatExactDate(iso: string): string {
  return exact.format(new Date(iso));
}

/** How many digits a currency has behind the point: 2 for EUR, 0 for JPY. */
export function fractionDigits(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** An amount of the smallest unit, for reading. */
export function formatMoney(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.format(minor / 10 ** fractionDigits(currency));
}

/** An amount of the smallest unit, for a field. */
export function toAmountText(minor: number, currency: string): string {
  return (minor / 10 ** fractionDigits(currency)).toFixed(fractionDigits(currency));
}

/** Reads an amount that was typed, with a point or a comma; `null` when it is none. No floating point is involved. */
export function parseAmount(text: string, currency: string): number | null {
  const digits = fractionDigits(currency);
  const [, whole, part = ''] = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || part.length > digits) return null;
  return Number(whole + part.padEnd(digits, '0'));
}
