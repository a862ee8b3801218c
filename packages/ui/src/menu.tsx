import { Ellipsis, type LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

export interface MenuProps {
  /** Names the menu: "More actions for Ada Lovelace". */
  readonly label: string;
  /** The button; an ellipsis unless given. */
  readonly trigger?: ReactNode;
  readonly align?: 'start' | 'end';
  readonly side?: 'top' | 'bottom';
  readonly children: ReactNode;
}

/** A menu of actions. Not modal, because the modal one injects a style element to lock scrolling. */
export function Menu({ label, trigger, align = 'end', side = 'bottom', children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        {trigger ?? (
          <IconButton
            icon={Ellipsis}
            label={label}
            className="border border-default bg-raised data-[state=open]:bg-hover"
          />
        )}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 min-w-48 animate-rise rounded-control border border-default bg-float p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  readonly icon?: LucideIcon;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onSelect?: () => void;
  /** With `asChild` the one child is the item: a link. */
  readonly asChild?: boolean;
  readonly children: ReactNode;
}

/** One action of a menu. */
export function MenuItem({ icon: Icon, danger, disabled, onSelect, asChild, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      asChild={asChild ?? false}
      disabled={disabled ?? false}
      onSelect={() => onSelect?.()}
      className={classNames(
        'flex h-8 items-center gap-2 rounded-[4px] px-2 text-13 outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50',
        danger ? 'text-danger' : 'text-primary',
      )}
    >
      {asChild ? (
        children
      ) : (
        <>
          {Icon && <Icon size={16} aria-hidden className={danger ? '' : 'text-muted'} />}
          {children}
        </>
      )}
    </DropdownMenu.Item>
  );
}

/** A choice that is on or off, or one of several. */
export function MenuChoice(props: {
  readonly checked: boolean;
  readonly onSelect: () => void;
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
}) {
  const { icon: Icon } = props;
  return (
    <DropdownMenu.CheckboxItem
      checked={props.checked}
      onSelect={props.onSelect}
      className="flex h-8 items-center gap-2 rounded-[4px] px-2 text-13 outline-none select-none data-[highlighted]:bg-hover data-[state=checked]:font-medium"
    >
      {Icon && <Icon size={16} aria-hidden className="text-muted" />}
      <span className="flex-1">{props.children}</span>
      <DropdownMenu.ItemIndicator>
        <span aria-hidden className="block size-1.5 rounded-full bg-accent-mark" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  );
}

/** A line between groups of a menu. */
export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-subtle" />;
}

/** The title of a group of a menu. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1 text-12 text-faint">{children}</DropdownMenu.Label>;
}
