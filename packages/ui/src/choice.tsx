import { Check, Minus } from 'lucide-react';
import { Checkbox as CheckboxPrimitive, Switch as SwitchPrimitive } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

export interface CheckboxProps {
  readonly checked: boolean | 'indeterminate';
  readonly onChange: (checked: boolean) => void;
  /** Read aloud; shown beside the box unless `hideLabel`. */
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
  readonly onClick?: (event: React.MouseEvent) => void;
  readonly className?: string;
}

/** A box to tick. */
export function Checkbox({
  checked,
  onChange,
  label,
  hideLabel,
  disabled,
  onClick,
  className,
}: CheckboxProps) {
  const id = useId();
  return (
    <span className={classNames('inline-flex items-center gap-2', className)}>
      <CheckboxPrimitive.Root
        id={id}
        checked={checked}
        disabled={disabled ?? false}
        onCheckedChange={(value) => onChange(value === true)}
        onClick={onClick}
        aria-label={hideLabel ? label : undefined}
        className="grid size-4 shrink-0 place-items-center rounded-[4px] border border-control bg-raised text-on-accent data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent disabled:opacity-50"
      >
        <CheckboxPrimitive.Indicator>
          {checked === 'indeterminate' ? (
            <Minus size={12} strokeWidth={3} aria-hidden />
          ) : (
            <Check size={12} strokeWidth={3} aria-hidden />
          )}
        </CheckboxPrimitive.Indicator>
      </CheckboxPrimitive.Root>
      {!hideLabel && (
        <label htmlFor={id} className="text-14">
          {label}
        </label>
      )}
    </span>
  );
}

export interface SwitchProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label: string;
  readonly help?: ReactNode;
  readonly disabled?: boolean;
}

/** A setting that takes effect at once. */
export function Switch({ checked, onChange, label, help, disabled }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div>
        <label htmlFor={id} className="text-14 font-medium">
          {label}
        </label>
        {help && <p className="text-12 text-muted">{help}</p>}
      </div>
      <SwitchPrimitive.Root
        id={id}
        checked={checked}
        disabled={disabled ?? false}
        onCheckedChange={onChange}
        className="relative h-5 w-9 shrink-0 rounded-full bg-neutral-mark transition-colors data-[state=checked]:bg-accent disabled:opacity-50"
      >
        <SwitchPrimitive.Thumb className="block size-4 translate-x-0.5 rounded-full bg-on-accent transition-transform data-[state=checked]:translate-x-[18px]" />
      </SwitchPrimitive.Root>
    </div>
  );
}
