import { type AdminAction, productsIntent } from '@castellan/contract';
import { Button, DefinitionList, Dialog } from '@castellan/ui';
import { useEffect, useId, useRef, useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { ActionFields, asksForValues, emptyAction, readPayload } from './action-form.tsx';
import { RequestApproval } from './approval-request.tsx';
import { fieldErrors, needsApproval } from './failure.ts';
import { formFields, wordsOf } from './json-form.ts';
import { Problem } from './problem.tsx';
import type { Intent, ModelPlace, Row } from './queries.ts';
import { ScrollBlock } from './scroll-block.tsx';
import { Nothing } from './value.tsx';
import { isSame } from './values.ts';

interface ActionPanelProps {
  readonly at: ModelPlace;
  readonly action: AdminAction;
  /** The row that it is for; none for an action of the whole model. */
  readonly row?: { readonly id: string; readonly name: string; readonly values: Row };
  readonly onClose: () => void;
}

/** Runs an action that the product made itself: its form, a last question, and what it answers. */
export function ActionPanel({ at, action, row, onClose }: ActionPanelProps) {
  const [draft, setDraft] = useState(emptyAction);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [asking, setAsking] = useState<Intent>();
  const [answer, setAnswer] = useState<unknown>();
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const target = row ? row.name : at.model.labelPlural;
  const run = useAction(productsIntent, {
    showsErrors: true,
    ...(!action.isReadOnly && { done: () => ({ title: `${action.label}: done`, detail: target }) }),
    onDone: ({ data }) => {
      if (isNews(data, row?.values)) setAnswer({ data });
      else onClose();
    },
  });
  const known = new Set((formFields(action.form) ?? []).map(({ name }) => name));
  const submit = () => {
    const { payload, errors: wrong } = readPayload(action.form, draft);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    const intent: Intent = {
      model: at.model.name,
      action: 'custom',
      command: action.name,
      ...(row && { id: row.id }),
      ...(payload !== undefined && { payload }),
    };
    if (action.needsApproval) return setAsking(intent);
    run.mutate(
      { params: { id: at.id }, body: intent },
      {
        onError: (error) => {
          if (needsApproval(error)) setAsking(intent);
          setErrors(fieldErrors(error));
        },
      },
    );
  };
  // What changes nothing and asks nothing is shown at once.
  const isAnswerAlone = action.isReadOnly && !asksForValues(action.form) && !action.needsApproval;
  const begun = useRef(false);
  useEffect(() => {
    if (!isAnswerAlone || begun.current) return;
    begun.current = true;
    submit();
  });
  if (asking)
    return (
      <RequestApproval
        at={at}
        intent={asking}
        what={`${action.label} for ${target}`}
        onClose={() => setAsking(undefined)}
        onAsked={onClose}
      />
    );
  if (answer !== undefined)
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={action.label}
        description={target}
        footer={
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <Answer data={(answer as { data: unknown }).data} />
      </Dialog>
    );
  const placed = run.error && Object.keys(errors).some((name) => known.has(name));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={row ? `${action.label}: ${row.name}` : action.label}
      description={action.description || (action.isReadOnly ? 'This changes nothing.' : undefined)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" busy={run.isPending}>
            {action.needsApproval ? 'Ask for approval' : action.label}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        ref={form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          submit();
        }}
      >
        <ActionFields
          at={at}
          form={action.form}
          draft={draft}
          errors={errors}
          onChange={(next, field) => {
            setDraft(next);
            setErrors(({ [field]: _, ...rest }) => rest);
          }}
        />
        {!placed && <Problem error={run.error} product={at.name} />}
      </form>
    </Dialog>
  );
}

/** Whether an answer says more than that it is done, and which row it was. */
function isNews(data: unknown, row: Row = {}): boolean {
  if (data === null || data === undefined || data === true) return false;
  if (typeof data !== 'object') return true;
  const known = Object.values(row);
  return Object.values(data).some((value) => value !== true && !known.some((held) => isSame(held, value)));
}

/** What an action answered: facts where they are plain, JSON where they are not. */
export function Answer({ data }: { data: unknown }) {
  const isPlain =
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    Object.values(data).every((value) => typeof value !== 'object' || value === null);
  if (isPlain)
    return (
      <DefinitionList
        items={Object.entries(data as object).map(([name, value]) => [
          wordsOf(name),
          value === null ? <Nothing key={name} /> : String(value),
        ])}
      />
    );
  return <ScrollBlock mono>{JSON.stringify(data, null, 2)}</ScrollBlock>;
}
