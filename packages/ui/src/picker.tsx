import { Check, ChevronsUpDown, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { classNames } from './class-names.ts';
import { Input } from './field.tsx';

/** One thing to pick. */
export interface PickerOption {
  readonly id: string;
  readonly label: string;
  /** A second line in muted text: an e-mail, a slug. */
  readonly hint?: string;
}

export interface PickerProps {
  readonly value: PickerOption | null;
  readonly onChange: (value: PickerOption | null) => void;
  /** What matches `search` now; nothing while it is on its way. */
  readonly options: readonly PickerOption[] | undefined;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly placeholder?: string;
  /** Said when nothing matches. */
  readonly nothing?: string;
  /** Names the control where no Field stands around it. */
  readonly label?: string;
}

/** Chooses one thing among many by typing; arrows move, Enter chooses, Escape closes (ARIA combobox). */
export function Picker(props: PickerProps) {
  const { value, onChange, options, search, onSearch, placeholder, nothing = 'Nothing matches' } = props;
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const active = Math.min(at, (options?.length ?? 1) - 1);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const choose = (option: PickerOption | undefined) => {
    if (!option) return;
    onChange(option);
    onSearch('');
    setOpen(false);
  };
  const close = () => {
    setOpen(false);
    onSearch('');
  };

  return (
    <div className="relative">
      <Input
        role="combobox"
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && options?.[active] ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        className="pr-9"
        placeholder={placeholder}
        value={open ? search : (value?.label ?? '')}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onBlur={close}
        onChange={(event) => {
          onSearch(event.target.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (step !== 0) {
            event.preventDefault();
            if (!open) setOpen(true);
            else setAt(Math.max(0, Math.min(active + step, (options?.length ?? 1) - 1)));
          } else if (event.key === 'Enter' && open) {
            event.preventDefault();
            choose(options?.[active]);
          } else if (event.key === 'Escape' && open) {
            event.stopPropagation();
            event.nativeEvent.stopImmediatePropagation();
            close();
          }
        }}
      />
      {value ? (
        <button
          type="button"
          aria-label={`Clear ${value.label}`}
          onClick={() => onChange(null)}
          className="absolute top-1.5 right-1.5 grid size-6 place-items-center rounded-[4px] text-muted hover:bg-hover"
        >
          <X size={14} aria-hidden />
        </button>
      ) : (
        <ChevronsUpDown
          size={14}
          aria-hidden
          className="pointer-events-none absolute top-[11px] right-2.5 text-faint"
        />
      )}
      {open && (
        <div
          ref={list}
          id={listId}
          role="listbox"
          tabIndex={-1}
          aria-label={props.label ?? placeholder ?? 'Matches'}
          // The input keeps the focus while the list is used with a pointer.
          onPointerDown={(event) => event.preventDefault()}
          className="absolute inset-x-0 top-full z-30 mt-1 max-h-64 animate-rise overflow-y-auto rounded-control border border-default bg-float p-1 shadow-float"
        >
          {options?.map((option, index) => (
            // The combobox input handles the keys, as the pattern asks.
            <div
              key={option.id}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={option.id === value?.id}
              onPointerEnter={() => setAt(index)}
              onPointerUp={() => choose(option)}
              className={classNames(
                'flex min-h-8 cursor-pointer items-center gap-2 rounded-[4px] px-2 py-1 text-13',
                index === active && 'bg-hover',
              )}
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate">{option.label}</span>
                {option.hint && <span className="block truncate text-12 text-muted">{option.hint}</span>}
              </span>
              {option.id === value?.id && <Check size={14} aria-hidden />}
            </div>
          ))}
          {options?.length === 0 && <p className="px-2 py-1.5 text-13 text-muted">{nothing}</p>}
          {options === undefined && <p className="px-2 py-1.5 text-13 text-muted">Searching…</p>}
        </div>
      )}
    </div>
  );
}
