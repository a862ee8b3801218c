import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** What a colour says; a word beside it always says it too. */
export type Meaning = 'neutral' | 'success' | 'warning' | 'danger' | 'info';

const dots: Record<Meaning, string> = {
  neutral: 'bg-neutral-mark',
  success: 'bg-success-mark',
  warning: 'bg-warning-mark',
  danger: 'bg-danger-mark',
  info: 'bg-info-mark',
};
const grounds: Record<Meaning, string> = {
  neutral: 'border-default bg-sunken text-muted',
  success: 'border-success-border bg-success-surface text-success',
  warning: 'border-warning-border bg-warning-surface text-warning',
  danger: 'border-danger-border bg-danger-surface text-danger',
  info: 'border-info-border bg-info-surface text-info',
};

export interface BadgeProps {
  readonly meaning?: Meaning;
  /** A dot for states; leave it out for kinds and roles. */
  readonly dot?: boolean;
  readonly children: ReactNode;
}

/** A state or kind in a word; the word carries the meaning, the colour only helps. */
export function Badge({ meaning = 'neutral', dot, children }: BadgeProps) {
  return (
    <span
      className={classNames(
        'inline-flex h-5 items-center gap-1.5 rounded-full border px-2 text-12 font-medium whitespace-nowrap',
        grounds[meaning],
      )}
    >
      {dot && <span aria-hidden className={classNames('size-1.5 rounded-full', dots[meaning])} />}
      {children}
    </span>
  );
}
