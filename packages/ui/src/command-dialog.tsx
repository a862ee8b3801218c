import { type LucideIcon, Search } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { classNames } from './class-names.ts';

/** One thing to go to or to do. */
export interface Command {
  /** Its own among all that are shown. */
  readonly id: string;
  readonly icon: LucideIcon;
  readonly label: string;
  /** What tells it from others of the same name: an e-mail, a slug. */
  readonly hint?: string | undefined;
  readonly run: () => void;
}

/** Commands of one kind, under their heading. */
export interface CommandGroup {
  readonly label: string;
  readonly commands: readonly Command[];
}

export interface CommandDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** Names the dialog for readers. */
  readonly title: string;
  readonly placeholder: string;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly groups: readonly CommandGroup[];
  /** More may still come. */
  readonly isSearching?: boolean;
  /** Said where nothing matches. */
  readonly nothing: string;
}

/**
 * A field over the page that finds anything as it is typed: arrows move, Enter goes there, Escape closes (ARIA combobox).
 * The first match is chosen until an arrow or the pointer moves; what arrives later never takes that place from it.
 */
export function CommandDialog(props: CommandDialogProps) {
  const { open, onOpenChange, title, placeholder, search, onSearch, groups, isSearching, nothing } = props;
  const [chosen, setChosen] = useState<string>();
  const listId = useId();
  const commands = groups.flatMap((group) => group.commands);
  const at = Math.max(
    0,
    commands.findIndex(({ id }) => id === chosen),
  );
  const active = commands[at];
  const optionId = (id: string) => `${listId}-${id}`;

  // The first that is shown stays chosen when something else comes in above it.
  const first = active?.id;
  const isHeld = first === chosen;
  useEffect(() => {
    if (!isHeld) setChosen(first);
  }, [isHeld, first]);

  const activeOption = active && optionId(active.id);
  useEffect(() => {
    if (activeOption) document.getElementById(activeOption)?.scrollIntoView({ block: 'nearest' });
  }, [activeOption]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onOpenChange(false);
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && commands.length > 0) {
      event.preventDefault();
      setChosen(commands[(at + step + commands.length) % commands.length]?.id);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(active);
    }
  };

  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <div data-scroll-lock className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Primitive.Content
          aria-describedby={undefined}
          className="fixed top-[max(8px,10vh)] left-1/2 z-50 flex max-h-[min(560px,80dvh)] w-[min(640px,calc(100vw-16px))] -translate-x-1/2 animate-appear flex-col overflow-hidden rounded-card border border-default bg-float shadow-float"
        >
          <Primitive.Title className="sr-only">{title}</Primitive.Title>
          <div className="flex h-12 shrink-0 items-center gap-2.5 border-b border-subtle px-4">
            <Search size={16} aria-hidden className="shrink-0 text-faint" />
            <input
              role="combobox"
              aria-label={title}
              aria-expanded={commands.length > 0}
              aria-controls={listId}
              aria-autocomplete="list"
              aria-activedescendant={activeOption}
              autoComplete="off"
              spellCheck={false}
              placeholder={placeholder}
              value={search}
              onChange={(event) => {
                setChosen(undefined);
                onSearch(event.target.value);
              }}
              onKeyDown={onKeyDown}
              className="h-full min-w-0 flex-1 bg-transparent text-14 outline-none placeholder:text-faint"
            />
          </div>
          <div
            id={listId}
            role="listbox"
            tabIndex={-1}
            aria-label={title}
            // The field keeps the focus while the list is used with a pointer.
            onPointerDown={(event) => event.preventDefault()}
            className="min-h-0 flex-1 overflow-y-auto p-1.5"
          >
            {groups
              .filter((group) => group.commands.length > 0)
              .map((group) => (
                // biome-ignore lint/a11y/useSemanticElements: a group of options is no group of fields
                <div key={group.label} role="group" aria-label={group.label}>
                  <p aria-hidden className="flex h-7 items-center px-2.5 text-12 text-faint">
                    {group.label}
                  </p>
                  {group.commands.map((command) => {
                    const { icon: Icon, id, label, hint } = command;
                    return (
                      // The field handles the keys, as the pattern asks.
                      <div
                        key={id}
                        id={optionId(id)}
                        role="option"
                        tabIndex={-1}
                        aria-selected={id === active?.id}
                        // Only a pointer that moves chooses: one that rests where the list appears does not.
                        onPointerMove={() => setChosen(id)}
                        onClick={() => run(command)}
                        onKeyDown={undefined}
                        className={classNames(
                          'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 py-1 text-13',
                          id === active?.id && 'bg-pressed',
                        )}
                      >
                        <Icon size={16} aria-hidden className="shrink-0 text-muted" />
                        <span className="min-w-0 flex-1 truncate">{label}</span>
                        {hint && (
                          <span className="min-w-0 max-w-[50%] truncate text-12 text-muted">{hint}</span>
                        )}
                      </div>
                    );
                  })}
                </div>
              ))}
            {commands.length === 0 && (
              <p className="px-2.5 py-6 text-center text-13 text-muted">
                {isSearching ? 'Searching…' : nothing}
              </p>
            )}
          </div>
          <p role="status" className="sr-only">
            {isSearching
              ? 'Searching'
              : `${commands.length.toLocaleString()} ${commands.length === 1 ? 'match' : 'matches'}`}
          </p>
          <p className="hidden shrink-0 gap-4 border-t border-subtle px-4 py-2 text-12 text-faint sm:flex">
            <span>
              <kbd className="font-mono">↑↓</kbd> choose
            </span>
            <span>
              <kbd className="font-mono">↵</kbd> open
            </span>
            <span>
              <kbd className="font-mono">esc</kbd> close
            </span>
          </p>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
