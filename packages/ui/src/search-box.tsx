import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

export interface SearchBoxProps {
  /** What the address bar says now. */
  readonly value: string;
  /** Called 200 ms after the last key. */
  readonly onChange: (value: string) => void;
  readonly label: string;
  readonly placeholder?: string;
}

/** Searches as you type. `/` focuses it from anywhere on the page; Escape empties it. */
export function SearchBox({ value, onChange, label, placeholder }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const sent = useRef(value);

  // Back and "clear" change the address bar from outside; typing does not come back here.
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 200);
    return () => clearTimeout(timer);
  }, [text, onChange]);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = event.target as HTMLElement;
      if (at.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);

  return (
    <div className="relative w-full sm:w-72">
      <Search
        size={16}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
      />
      <input
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={placeholder ?? label}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && text) {
            event.stopPropagation();
            setText('');
          }
        }}
        className="h-8 w-full rounded-control border border-control bg-raised pr-8 pl-8 text-13 placeholder:text-faint focus-visible:outline-offset-0"
      />
      {text ? (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => {
            setText('');
            input.current?.focus();
          }}
          className="absolute top-1 right-1 grid size-6 place-items-center rounded-[4px] text-muted hover:bg-hover"
        >
          <X size={14} aria-hidden />
        </button>
      ) : (
        <kbd
          aria-hidden
          className="pointer-events-none absolute top-1.5 right-2 hidden h-5 min-w-5 place-items-center rounded-[4px] border border-default font-mono text-12 text-faint sm:grid"
        >
          /
        </kbd>
      )}
    </div>
  );
}
