import type { ReactNode } from 'react';

export interface DefinitionListProps {
  /** Term and value; a value that is `false` or `undefined` leaves its line out. */
  readonly items: readonly (readonly [term: string, value: ReactNode])[];
}

/** Facts in two columns. */
export function DefinitionList({ items }: DefinitionListProps) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] gap-x-6 gap-y-2.5 text-14 sm:grid-cols-[144px_1fr]">
      {items.map(([term, value]) =>
        value === undefined || value === false ? null : (
          <div key={term} className="contents">
            <dt className="text-muted">{term}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
