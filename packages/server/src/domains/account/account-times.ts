import { type Html, html } from '../../platform/pages/html.ts';
import type { Language } from './messages/language.ts';

const units = [
  ['year', 365 * 24 * 3600],
  ['month', 30 * 24 * 3600],
  ['week', 7 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long ago a moment was, in words: the server can't know the reader's time zone, and “2 hours ago” needs none. */
export function timeAgo(language: Language, moment: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - moment.getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const [unit, length] = units.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['second', 1];
  return unit === 'second' ? format.format(0, 'second') : format.format(-Math.floor(seconds / length), unit);
}

/** Day, month and year, in UTC. */
export function dateText(language: Language, moment: Date): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'medium',
    timeZone: 'UTC',
  }).format(moment);
}

/** Day and time to the minute, in UTC, which it says. */
export function momentText(language: Language, moment: Date): string {
  const text = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(moment);
  return `${text} UTC`;
}

/** A moment as words, with the exact one for machines and for who points at it. */
export function timeElement(language: Language, moment: Date, words: string): Html {
  return html`<time datetime="${moment.toISOString()}" title="${momentText(language, moment)}">${words}</time>`;
}
