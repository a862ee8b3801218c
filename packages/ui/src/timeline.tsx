import type { ReactNode } from 'react';
import { Avatar } from './avatar.tsx';
import { RelativeTime } from './relative-time.tsx';
import { Skeleton } from './skeleton.tsx';

/** One line of a timeline. */
export interface TimelineEntry {
  readonly id: string;
  /** Whose initials stand in front. */
  readonly actor: string;
  /** The whole line: actor, verb in plain words, target. */
  readonly line: ReactNode;
  /** Goes on with the line: in which workspace, at which service. */
  readonly context?: ReactNode;
  readonly at: Date;
}

/** What happened, newest first: actor, verb, target, when. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <ol className="flex flex-col">
      {entries.map((entry) => (
        <li
          key={entry.id}
          className="flex items-start gap-3 border-b border-subtle px-4 py-2.5 last:border-0"
        >
          <Avatar name={entry.actor} size={24} />
          <div className="min-w-0 flex-1 pt-0.5">
            <p className="text-14 break-words">
              {entry.line}
              {entry.context && <span className="text-muted"> {entry.context}</span>}
            </p>
          </div>
          <span className="shrink-0 pt-1 text-12 text-muted">
            <RelativeTime at={entry.at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** A timeline on its way. */
export function TimelineSkeleton({ lines = 6 }: { lines?: number }) {
  return (
    <ol aria-hidden className="flex flex-col">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <li key={line} className="flex h-[45px] items-center gap-3 border-b border-subtle px-4 last:border-0">
          <Skeleton className="size-6 rounded-full" />
          <Skeleton className={line % 2 ? 'h-3.5 w-2/5' : 'h-3.5 w-1/2'} />
          <Skeleton className="ml-auto h-3 w-16" />
        </li>
      ))}
    </ol>
  );
}
