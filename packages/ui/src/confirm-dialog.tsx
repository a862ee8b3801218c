import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, Input } from './field.tsx';

export interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** The question, with the name of the thing. */
  readonly title: string;
  /** One sentence on what happens. */
  readonly description?: ReactNode;
  /** Exactly what is lost, with counts, one line each. */
  readonly losses?: readonly ReactNode[];
  /** What stays, one line each. */
  readonly keeps?: readonly ReactNode[];
  /** What else there is to know before answering, beneath the lines. */
  readonly children?: ReactNode;
  /** The verb on the button. */
  readonly action: string;
  /** Where it can't be undone: the text to type first. */
  readonly typeToConfirm?: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  /** Why it failed the last time. */
  readonly error?: ReactNode;
  readonly onConfirm: () => void;
}

/** Asks before something is lost, and says what. With `typeToConfirm` the name has to be typed. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, losses = [], keeps = [], action, typeToConfirm } = props;
  const [typed, setTyped] = useState('');
  const ready = typeToConfirm === undefined || typed.trim() === typeToConfirm;
  const change = (next: boolean) => {
    if (!next) setTyped('');
    onOpenChange(next);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button
            type="submit"
            form="confirm-dialog"
            kind={props.danger === false ? 'primary' : 'danger'}
            disabled={!ready}
            busy={props.busy ?? false}
          >
            {action}
          </Button>
        </>
      }
    >
      <form
        id="confirm-dialog"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !props.busy) props.onConfirm();
        }}
      >
        {losses.length > 0 && <Effects title="This is lost" lines={losses} mark="bg-danger-mark" />}
        {keeps.length > 0 && <Effects title="This stays" lines={keeps} mark="bg-neutral-mark" />}
        {props.children}
        {typeToConfirm !== undefined && (
          <Field label={`Type ${typeToConfirm} to confirm`}>
            <Input
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        )}
        {props.error && (
          <div
            role="alert"
            className="rounded-control border border-danger-border bg-danger-surface px-3 py-2 text-13 text-danger"
          >
            {props.error}
          </div>
        )}
      </form>
    </Dialog>
  );
}

function Effects({ title, lines, mark }: { title: string; lines: readonly ReactNode[]; mark: string }) {
  return (
    <div>
      <p className="mb-1 text-13 font-medium">{title}</p>
      <ul className="flex flex-col gap-1 text-14">
        {lines.map((line, index) => (
          // The lines are fixed for as long as the dialog is open.
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no identity of their own
          <li key={index} className="flex items-baseline gap-2">
            <span aria-hidden className={`size-1.5 shrink-0 -translate-y-px rounded-full ${mark}`} />
            <span>{line}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
