import type { ReactNode } from 'react';

export interface SelectionBarProps {
  readonly count: number;
  readonly onClear: () => void;
  /** The bulk actions. */
  readonly children: ReactNode;
}

/** Stands in the place of search and filters while rows are selected, so nothing moves. */
export function SelectionBar({ count, onClear, children }: SelectionBarProps) {
  return (
    <div
      role="toolbar"
      aria-label="Selected rows"
      className="flex min-h-8 flex-1 flex-wrap items-center gap-2 text-13"
    >
      <span aria-live="polite" className="font-medium tabular-nums">
        {count.toLocaleString()} selected
      </span>
      <button type="button" onClick={onClear} className="rounded-[4px] px-1 text-link hover:underline">
        Clear
      </button>
      <span aria-hidden className="mx-1 h-4 w-px bg-default" />
      {children}
    </div>
  );
}
