import { ListFilter } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { buttonClasses } from './button.tsx';
import { classNames } from './class-names.ts';
import { Chip } from './filter-chips.tsx';

export interface FilterPopoverProps {
  /** What is filtered: "Actor". */
  readonly label: string;
  /** The set value in words; nothing when it is not set. */
  readonly value: ReactNode;
  readonly onClear: () => void;
  /** The controls that set it; `close` shuts the box when one choice is enough. */
  readonly children: (close: () => void) => ReactNode;
}

/** A filter with controls of its own: a button that opens a box, a chip once it is set. */
export function FilterPopover({ label, value, onClear, children }: FilterPopoverProps) {
  const [open, setOpen] = useState(false);
  const set = Boolean(value);
  return (
    <Chip on={set} onRemove={onClear} removeLabel={`Remove filter ${label}`}>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger
          className={
            set
              ? 'max-w-60 truncate rounded-[4px] px-1 align-middle hover:text-primary'
              : classNames(buttonClasses('secondary'), 'border-dashed text-muted hover:text-primary')
          }
        >
          {set ? (
            <>
              {label}: <span className="font-medium text-primary">{value}</span>
            </>
          ) : (
            <>
              <ListFilter size={14} aria-hidden />
              {label}
            </>
          )}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            align="start"
            sideOffset={4}
            collisionPadding={8}
            aria-label={`Filter by ${label.toLowerCase()}`}
            className="z-40 w-72 animate-rise rounded-control border border-default bg-float p-3 shadow-float"
          >
            {children(() => setOpen(false))}
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </Chip>
  );
}
