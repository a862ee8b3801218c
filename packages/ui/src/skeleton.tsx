import { classNames } from './class-names.ts';

/** A bar in the place of a text that is on its way; give it the size of what will stand there. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={classNames('block animate-breathe rounded-[4px] bg-pressed', className ?? 'h-4 w-24')}
    />
  );
}
