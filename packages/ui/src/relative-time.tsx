import { useSyncExternalStore } from 'react';

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const dayOnly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const steps = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

// One timer for every time on the page, stopped when there is none.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, 20_000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** "3 minutes ago", "in 2 days", in the reader's language. */
export function describeTime(at: Date, from: number): string {
  const seconds = (at.getTime() - from) / 1000;
  const distance = Math.abs(seconds);
  for (const [unit, length] of steps)
    if (distance >= length) return relative.format(Math.round(seconds / length), unit);
  return 'just now';
}

/** The exact instant, in the reader's zone and locale. */
export function exactTime(at: Date): string {
  return exact.format(at);
}

/** A calendar day in the reader's locale. */
export function dayOf(at: Date): string {
  return dayOnly.format(at);
}

/** How long ago, kept current; the exact time on hover. */
export function RelativeTime({ at, none = 'Never' }: { at: Date | null | undefined; none?: string }) {
  const current = useSyncExternalStore(subscribe, () => now);
  if (!at) return <span className="text-faint">{none}</span>;
  return (
    <time dateTime={at.toISOString()} title={exact.format(at)} className="whitespace-nowrap">
      {describeTime(at, current)}
    </time>
  );
}
