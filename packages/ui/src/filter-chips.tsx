import { ListFilter, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClasses } from './button.tsx';
import { classNames } from './class-names.ts';
import { Menu, MenuChoice } from './menu.tsx';

/** One value that a filter can take, and its words. */
export interface FilterChoice {
  readonly value: string;
  readonly label: string;
}

export interface FilterMenuProps {
  /** What is filtered: "State". */
  readonly label: string;
  readonly choices: readonly FilterChoice[];
  readonly value: string | undefined;
  /** The same choice again takes it away. */
  readonly onChange: (value: string | undefined) => void;
}

/** A filter of one among a few: a button that opens the choices and becomes a chip when one is set. */
export function FilterMenu({ label, choices, value, onChange }: FilterMenuProps) {
  const chosen = choices.find((choice) => choice.value === value);
  const menu = (
    <Menu
      label={`Filter by ${label.toLowerCase()}`}
      align="start"
      trigger={
        chosen ? (
          <button type="button" className="rounded-[4px] px-1 hover:text-primary">
            {label}: <span className="font-medium text-primary">{chosen.label}</span>
          </button>
        ) : (
          <button
            type="button"
            className={classNames(buttonClasses('secondary'), 'border-dashed text-muted hover:text-primary')}
          >
            <ListFilter size={14} aria-hidden />
            {label}
          </button>
        )
      }
    >
      {choices.map((choice) => (
        <MenuChoice
          key={choice.value}
          checked={choice.value === value}
          onSelect={() => onChange(choice.value === value ? undefined : choice.value)}
        >
          {choice.label}
        </MenuChoice>
      ))}
    </Menu>
  );
  return chosen ? (
    <Chip onRemove={() => onChange(undefined)} removeLabel={`Remove filter ${label}`}>
      {menu}
    </Chip>
  ) : (
    menu
  );
}

export interface ChipProps {
  /** Set: framed as a chip with a cross. Not set: the child alone, in the same place of the tree. */
  readonly on?: boolean;
  readonly onRemove: () => void;
  readonly removeLabel: string;
  readonly children: ReactNode;
}

/** A filter that is set, with a cross to take it away. */
export function Chip({ on = true, onRemove, removeLabel, children }: ChipProps) {
  return (
    <span
      className={classNames(
        'inline-flex h-8 max-w-full items-center gap-1 text-13',
        on && 'rounded-control border border-default bg-selected pr-1 pl-1.5 text-muted',
      )}
    >
      <span className="truncate">{children}</span>
      {on && (
        <button
          type="button"
          aria-label={removeLabel}
          onClick={onRemove}
          className="grid size-6 shrink-0 place-items-center rounded-[4px] hover:bg-hover hover:text-primary"
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
