import { classNames } from './class-names.ts';

const sizes = {
  20: 'size-5 text-[9px]',
  24: 'size-6 text-[10px]',
  32: 'size-8 text-12',
  48: 'size-12 text-16',
};

/** At most two letters that stand for a name; of an e-mail address, what is before the `@`. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .replace(/(?<=\S)@\S*$/, '')
    .split(/[\s._-]+/u)
    .filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0]);
  return letters.join('').toUpperCase() || '?';
}

export interface AvatarProps {
  readonly name: string;
  readonly size?: keyof typeof sizes;
  /** Square corners for things that are not people. */
  readonly square?: boolean;
}

/** Initials on a quiet ground; the name stands beside it, so it is hidden from readers. */
export function Avatar({ name, size = 32, square }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={classNames(
        'inline-grid shrink-0 place-items-center bg-pressed font-medium text-muted select-none',
        square ? 'rounded-control' : 'rounded-full',
        sizes[size],
      )}
    >
      {initialsOf(name)}
    </span>
  );
}
