import { ChevronDown, CircleAlert } from 'lucide-react';
import { type ComponentProps, createContext, type ReactNode, use, useId } from 'react';
import { classNames } from './class-names.ts';

interface FieldIds {
  readonly control: string;
  readonly description: string | undefined;
  readonly invalid: boolean;
}
const FieldContext = createContext<FieldIds | null>(null);

export interface FieldProps {
  readonly label: string;
  /** Shown below the control; replaced by the error when there is one. */
  readonly help?: ReactNode;
  /** What is wrong and how to mend it. */
  readonly error?: string | undefined;
  readonly optional?: boolean;
  readonly children: ReactNode;
}

/** A labelled control: label above, help or error below, all tied together for screen readers. */
export function Field({ label, help, error, optional, children }: FieldProps) {
  const id = useId();
  const description = error || help ? `${id}-description` : undefined;
  return (
    <FieldContext value={{ control: id, description, invalid: Boolean(error) }}>
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="text-13 font-medium">
          {label}
          {optional && <span className="ml-1 font-normal text-faint">optional</span>}
        </label>
        {children}
        {error ? (
          <p id={description} role="alert" className="flex items-start gap-1.5 text-12 text-danger">
            <CircleAlert size={14} aria-hidden className="mt-px shrink-0" />
            {error}
          </p>
        ) : (
          help && (
            <p id={description} className="text-12 text-muted">
              {help}
            </p>
          )
        )}
      </div>
    </FieldContext>
  );
}

const control =
  'w-full rounded-control border bg-raised px-2.5 text-14 text-primary placeholder:text-faint ' +
  'focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-danger-mark border-control';

function useFieldProps() {
  const field = use(FieldContext);
  return field
    ? {
        id: field.control,
        'aria-describedby': field.description,
        'aria-invalid': field.invalid || undefined,
      }
    : {};
}

/** A line of text. Inside a Field it is labelled by it. */
export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...useFieldProps()} {...rest} className={classNames(control, 'h-9', className)} />;
}

/** Several lines of text. */
export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea rows={3} {...useFieldProps()} {...rest} className={classNames(control, 'py-2', className)} />
  );
}

export interface SelectProps extends ComponentProps<'select'> {
  readonly small?: boolean;
}

/** A choice of one: the platform's own list, which works with every keyboard, reader and phone. */
export function Select({ className, small, children, ...rest }: SelectProps) {
  return (
    <span className="relative block">
      <select
        {...useFieldProps()}
        {...rest}
        className={classNames(
          control,
          'appearance-none truncate pr-8 [&>option]:bg-float',
          small ? 'h-7 text-13' : 'h-9',
          className,
        )}
      >
        {children}
      </select>
      <ChevronDown
        size={14}
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
