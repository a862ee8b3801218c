import type { ReactNode } from 'react';
import { Skeleton } from './skeleton.tsx';

export interface StatProps {
  readonly label: ReactNode;
  /** Nothing while it is on its way. */
  readonly value: number | undefined;
  readonly note?: ReactNode;
}

/** A number that matters, as text. */
export function Stat({ label, value, note }: StatProps) {
  return (
    <div className="min-w-0 px-4 py-3.5">
      <p className="text-13 text-muted">{label}</p>
      {value === undefined ? (
        <Skeleton className="my-1.5 h-6 w-16" />
      ) : (
        <p className="text-28 font-semibold tracking-[-0.02em] tabular-nums">{value.toLocaleString()}</p>
      )}
      <p className="min-h-4 truncate text-12 text-muted tabular-nums">{note}</p>
    </div>
  );
}
