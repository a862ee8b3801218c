import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { classNames } from './class-names.ts';

/** Puts text on the clipboard and says for two seconds that it did. */
export function useCopy(): { readonly copied: boolean; readonly copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return {
    copied,
    copy: (text) => {
      void navigator.clipboard.writeText(text).then(() => setCopied(true));
    },
  };
}

export interface CopyIdProps {
  readonly value: string;
  /** What is shown; the whole value unless given. */
  readonly shown?: string;
  readonly className?: string;
}

/** An id in mono; a click copies it. */
export function CopyId({ value, shown, className }: CopyIdProps) {
  const { copied, copy } = useCopy();
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      title={copied ? 'Copied' : `Copy ${value}`}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        copy(value);
      }}
      className={classNames(
        'group/copy relative z-10 inline-flex max-w-full items-center gap-1.5 rounded-[4px] font-mono text-12 text-muted hover:text-primary',
        className,
      )}
    >
      <span className="truncate">{shown ?? value}</span>
      <Icon
        size={12}
        aria-hidden
        className={classNames(
          'shrink-0',
          copied ? 'text-success' : 'text-faint group-hover/copy:text-primary',
        )}
      />
      <span className="sr-only" aria-live="polite">
        {copied ? 'Copied' : 'Copy'}
      </span>
    </button>
  );
}
