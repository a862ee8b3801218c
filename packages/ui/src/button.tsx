import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

/** How much a button asks for attention. */
export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

const kinds: Record<ButtonKind, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent',
  secondary: 'bg-raised text-primary border-default hover:bg-hover',
  quiet: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-primary',
  danger: 'bg-danger-solid text-on-accent hover:bg-danger-solid-hover border-transparent',
};

/** The classes of a button, for links that look like one. */
export function buttonClasses(kind: ButtonKind = 'secondary', small = false): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-2 rounded-control border font-medium whitespace-nowrap',
    'transition-colors select-none disabled:opacity-50 disabled:pointer-events-none',
    small ? 'h-7 px-2 text-13' : 'h-8 px-3 text-13',
    kinds[kind],
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: LucideIcon;
  /** Work is under way: the label stays, the button is held and says so. */
  readonly busy?: boolean;
}

/** A button; its label is a verb. While busy it keeps its width and takes no second press. */
export function Button({
  kind,
  small,
  icon: Icon,
  busy,
  children,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classNames(buttonClasses(kind, small), className)}
    >
      {busy ? (
        <LoaderCircle size={16} className="animate-spin" aria-hidden />
      ) : (
        Icon && <Icon size={16} aria-hidden />
      )}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: LucideIcon;
  /** What it does, read aloud and shown on hover. */
  readonly label: string;
  readonly small?: boolean;
}

/** A button with an icon alone; the label is required. */
export function IconButton({ icon: Icon, label, small, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center rounded-control text-muted transition-colors hover:bg-hover hover:text-primary disabled:opacity-50',
        small ? 'size-7' : 'size-8',
        className,
      )}
    >
      <Icon size={small ? 16 : 18} aria-hidden />
    </button>
  );
}
