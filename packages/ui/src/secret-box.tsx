import { Check, Copy, KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { useCopy } from './copy-id.tsx';

export interface SecretBoxProps {
  readonly value: string;
  /** Says that it is shown once, or who can use it and for how long. */
  readonly note: ReactNode;
}

/** A secret that is shown now and not again, with a button to copy it. */
export function SecretBox({ value, note }: SecretBoxProps) {
  const { copied, copy } = useCopy();
  return (
    <div className="rounded-control border border-warning-border bg-warning-surface p-3">
      <p className="mb-2 flex items-start gap-2 text-13 text-warning">
        <KeyRound size={16} aria-hidden className="mt-0.5 shrink-0" />
        <span>{note}</span>
      </p>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-[4px] border border-default bg-raised px-2 py-1.5 font-mono text-12 break-all">
          {value}
        </code>
        <Button icon={copied ? Check : Copy} onClick={() => copy(value)}>
          <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
        </Button>
      </div>
    </div>
  );
}

/** A command to run, in mono, with a button to copy it. */
export function CommandBox({ command }: { command: string }) {
  const { copied, copy } = useCopy();
  return (
    <div className="flex max-w-full items-center gap-2 rounded-control border border-default bg-sunken py-1 pr-1 pl-3 text-left">
      <code className="min-w-0 flex-1 font-mono text-12 wrap-anywhere">{command}</code>
      <Button kind="quiet" small icon={copied ? Check : Copy} onClick={() => copy(command)}>
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </Button>
    </div>
  );
}
