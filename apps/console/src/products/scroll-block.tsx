import type { ReactNode } from 'react';

/** Text that scrolls by itself, which the keyboard reaches too. */
export function ScrollBlock({ mono, children }: { mono?: boolean; children: ReactNode }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
      tabIndex={0}
      className={`max-h-80 overflow-auto rounded-control border border-subtle bg-sunken px-3 py-2 whitespace-pre-wrap break-words ${mono ? 'font-mono text-12' : 'font-sans text-13'}`}
    >
      {children}
    </pre>
  );
}
