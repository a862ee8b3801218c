import { useId, useState } from 'react';
import { classNames } from './class-names.ts';

/** How often something happened on one day. */
export interface DayCount {
  /** A calendar day, `2026-11-21`. */
  readonly day: string;
  readonly count: number;
}

const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' });
const dateOf = (day: string) => new Date(`${day}T00:00:00Z`);

export interface BarChartProps {
  /** What is counted: "sign-ins". */
  readonly what: string;
  readonly days: readonly DayCount[];
}

/**
 * One bar a day from zero, the highest labelled, and the table behind it one press away.
 * The day under the pointer is named in the line above, which keeps its height.
 */
export function BarChart({ what, days }: BarChartProps) {
  const [hovered, setHovered] = useState<DayCount>();
  const [asTable, setAsTable] = useState(false);
  const tableId = useId();
  const total = days.reduce((sum, { count }) => sum + count, 0);
  const highest = days.reduce(
    (top, day) => (day.count > top.count ? day : top),
    days[0] ?? { day: '', count: 0 },
  );
  const scale = Math.max(highest.count, 1);
  return (
    <figure className="flex flex-col">
      <figcaption className="flex items-baseline justify-between gap-3">
        <span aria-live="off" className="text-13 text-muted tabular-nums">
          <span className="font-semibold text-primary">{(hovered?.count ?? total).toLocaleString()}</span>{' '}
          {hovered ? `on ${long.format(dateOf(hovered.day))}` : `${what} in ${days.length} days`}
        </span>
        <button
          type="button"
          aria-expanded={asTable}
          aria-controls={tableId}
          onClick={() => setAsTable(!asTable)}
          className="shrink-0 rounded-[4px] text-12 text-muted hover:text-primary hover:underline"
        >
          {asTable ? 'Show chart' : 'Show table'}
        </button>
      </figcaption>
      <div id={tableId} className="h-[148px] pt-2">
        {asTable ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
          <section tabIndex={0} aria-label={`${what} by day`} className="h-full overflow-y-auto">
            <table className="w-full text-13">
              <thead className="sr-only">
                <tr>
                  <th>Day</th>
                  <th>{what}</th>
                </tr>
              </thead>
              <tbody>
                {days.toReversed().map(({ day, count }) => (
                  <tr key={day} className="border-b border-subtle last:border-0">
                    <td className="py-1 text-muted">{long.format(dateOf(day))}</td>
                    <td className="py-1 pr-2 text-right tabular-nums">{count.toLocaleString()}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ) : (
          <div
            role="img"
            aria-label={`${total.toLocaleString()} ${what} in ${days.length} days; most, ${highest.count.toLocaleString()}, on ${highest.day}`}
          >
            <div
              className="relative flex h-28 items-end gap-px border-b border-default sm:gap-1"
              onPointerLeave={() => setHovered(undefined)}
            >
              {total === 0 && (
                <p className="absolute inset-0 grid place-items-center text-13 text-faint">
                  Nothing in these {days.length} days
                </p>
              )}
              {days.map((entry) => (
                <div
                  key={entry.day}
                  onPointerEnter={() => setHovered(entry)}
                  className="group/bar relative flex h-full min-w-0 flex-1 items-end"
                >
                  {entry === highest && entry.count > 0 && (
                    <span
                      className="absolute left-1/2 -translate-x-1/2 pb-0.5 text-12 text-muted tabular-nums"
                      style={{ bottom: `${(entry.count / scale) * 84}%` }}
                    >
                      {entry.count.toLocaleString()}
                    </span>
                  )}
                  <span
                    className={classNames(
                      'w-full rounded-t-[2px] bg-accent-mark transition-opacity',
                      hovered && hovered !== entry && 'opacity-40',
                    )}
                    style={{ height: `${(entry.count / scale) * 84}%`, minHeight: entry.count > 0 ? 2 : 0 }}
                  />
                </div>
              ))}
            </div>
            <div aria-hidden className="flex justify-between pt-1.5 text-12 text-faint tabular-nums">
              <span>{days[0] && short.format(dateOf(days[0].day))}</span>
              <span>{days.at(-1) && short.format(dateOf(days.at(-1)!.day))}</span>
            </div>
          </div>
        )}
      </div>
    </figure>
  );
}
