import { Popover as Primitive } from 'radix-ui';
import { type ReactNode, useState } from 'react';

export interface PopoverProps {
  /** Names the box: "Columns". */
  readonly label: string;
  /** The button. */
  readonly trigger: ReactNode;
  readonly align?: 'start' | 'end';
  /** The controls; `close` shuts the box. */
  readonly children: (close: () => void) => ReactNode;
}

/** A box of controls at a button. Escape and a click outside close it. */
export function Popover({ label, trigger, align = 'start', children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  return (
    <Primitive.Root open={open} onOpenChange={setOpen}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-40 w-72 animate-rise rounded-control border border-default bg-float p-3 shadow-float"
        >
          {children(() => setOpen(false))}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
