import { productsIntent } from '@castellan/contract';
import { Button, toast } from '@castellan/ui';
import { Lock } from 'lucide-react';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { CallError, call } from '../api/call.ts';
import { afterWrite, queryClient } from '../api/queries.ts';
import { RequestApproval } from './approval-request.tsx';
import { Conflict } from './conflict.tsx';
import {
  type Collision,
  collisionsOf,
  type Draft,
  type Drafts,
  draftOfValue,
  readChanges,
  readNew,
} from './drafts.ts';
import { FieldEditor } from './editor.tsx';
import { fieldErrors, needsApproval } from './failure.ts';
import { Problem } from './problem.tsx';
import {
  ask,
  CreateAnswer,
  fieldNamed,
  type Intent,
  type ModelPlace,
  type ReadAnswer,
  ReadAnswer as ReadSchema,
  readAnswer,
  rowQuery,
} from './queries.ts';
import { editableFields, readOnlyReason } from './rights.ts';
import { undoChange } from './undo.ts';
import { useUnsaved } from './unsaved.tsx';
import { DetailValue, Hidden } from './value.tsx';

/** What is written anew is not wrong until it is sent again. */
function without(errors: Readonly<Record<string, string>>, field: string): Readonly<Record<string, string>> {
  const { [field]: _, ...rest } = errors;
  return rest;
}

/** Focuses the first control that is marked wrong, once it is. */
function focusFirstError(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

interface FormFrameProps {
  readonly form: React.RefObject<HTMLFormElement | null>;
  readonly busy: boolean;
  readonly problem: ReactNode;
  /** What is asked before the form is left. */
  readonly question: ReactNode;
  readonly action: string;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

function FormFrame(props: FormFrameProps) {
  return (
    <>
      {props.question}
      <form
        ref={props.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        {props.children}
        {props.problem}
        <div className="sticky -bottom-4 -mx-5 mt-2 -mb-4 flex justify-end gap-2 border-t border-subtle bg-float px-5 py-3">
          <Button onClick={props.onCancel}>Cancel</Button>
          <Button type="submit" kind="primary" busy={props.busy}>
            {props.action}
          </Button>
        </div>
      </form>
    </>
  );
}

interface EditFormProps {
  readonly at: ModelPlace;
  readonly id: string;
  readonly read: ReadAnswer;
  readonly onDone: () => void;
}

/**
 * Edits a row: only what was changed is sent, with the version that was read. Where somebody else was first, both changes stand
 * side by side and the person decides.
 */
export function EditForm({ at, id, read, onDone }: EditFormProps) {
  const fields = editableFields(at.model, false);
  // What was read when the form was opened stays its ground, whatever is asked again behind it.
  const [base, setBase] = useState(read);
  const [drafts, setDrafts] = useState<Drafts>(() =>
    Object.fromEntries(fields.map((field) => [field.name, draftOfValue(field, read.row[field.name])])),
  );
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<Error>();
  const [collisions, setCollisions] = useState<{
    readonly now: ReadAnswer;
    readonly all: readonly Collision[];
    readonly changedCount: number;
  }>();
  const [asking, setAsking] = useState<Intent>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const rule = at.model.actions.update;
  const isTyped = fields.some(
    (field) => (drafts[field.name] ?? null) !== draftOfValue(field, base.row[field.name]),
  );
  const { question, leave } = useUnsaved(isTyped);
  const done = () => leave(onDone);

  const send = async (ground: ReadAnswer, given: Drafts) => {
    const { values, errors: wrong } = readChanges(fields, ground.row, given);
    setErrors(wrong);
    setProblem(undefined);
    if (Object.keys(wrong).length > 0) return focusFirstError(form.current);
    if (Object.keys(values).length === 0) return done();
    const intent: Intent = {
      model: at.model.name,
      action: 'update',
      id,
      payload: { values, version: ground.version },
    };
    if (rule?.needsApproval) return setAsking(intent);
    setBusy(true);
    try {
      const { correlationId } = await call(productsIntent, { params: { id: at.id }, body: intent });
      toast({ title: 'Saved', action: { label: 'Undo', run: () => void undoChange(at, id, correlationId) } });
      done();
      await afterWrite();
    } catch (error) {
      if (needsApproval(error)) setAsking(intent);
      else if (error instanceof CallError && error.productCode === 'CONFLICT') await collide(values);
      else {
        const placed = fieldErrors(error);
        setErrors(placed);
        const known = Object.keys(placed).every((name) => fields.some((field) => field.name === name));
        setProblem(Object.keys(placed).length > 0 && known ? undefined : (error as Error));
        focusFirstError(form.current);
      }
    } finally {
      setBusy(false);
    }
  };

  /** Reads the row again and shows what the other operator did to it. */
  const collide = async (mine: Readonly<Record<string, unknown>>) => {
    try {
      const now = await ask(at.id, { model: at.model.name, action: 'read', id }, ReadSchema);
      // What is shown behind the form is the row as it is now.
      queryClient.setQueryData(rowQuery(at.id, at.model.name, id).queryKey, now);
      const all = collisionsOf(
        at.model.fields.filter(({ isRedacted }) => !isRedacted).map(({ name }) => name),
        base.row,
        now.row,
        mine,
      );
      setCollisions({ now, all, changedCount: Object.keys(mine).length });
    } catch (error) {
      setProblem(error as Error);
    }
  };

  if (collisions)
    return (
      <>
        {question}
        <Conflict
          at={at}
          now={collisions.now}
          collisions={collisions.all}
          changedCount={collisions.changedCount}
          busy={busy}
          onBack={() => setCollisions(undefined)}
          onDecide={(keepsTheirs) => {
            // The form goes on from the row as it is now; what the person gave up takes their value.
            const { now, all } = collisions;
            const next = { ...drafts };
            for (const { field: name, mine } of all) {
              const field = fieldNamed(at.model, name);
              if (field && (!mine || keepsTheirs.has(name))) next[name] = draftOfValue(field, now.row[name]);
            }
            setBase(now);
            setDrafts(next);
            setCollisions(undefined);
            void send(now, next);
          }}
        />
      </>
    );
  const fixed = at.model.fields.filter((field) => readOnlyReason(field, false) !== undefined);
  return (
    <FormFrame
      form={form}
      busy={busy}
      action={rule?.needsApproval ? 'Ask for approval' : 'Save'}
      problem={<Problem error={problem} product={at.name} />}
      onSubmit={() => void send(base, drafts)}
      onCancel={done}
      question={question}
    >
      {fields.map((field) => (
        <FieldEditor
          key={field.name}
          field={field}
          at={at}
          held={base.row[field.name]}
          draft={drafts[field.name] ?? null}
          error={errors[field.name]}
          onChange={(draft) => {
            setDrafts((held) => ({ ...held, [field.name]: draft }));
            setErrors((held) => without(held, field.name));
          }}
        />
      ))}
      {fields.length === 0 && <p className="text-13 text-muted">Nothing of it can be changed from here.</p>}
      {fixed.length > 0 && (
        <details className="rounded-control border border-subtle">
          <summary className="px-3 py-2 text-13 text-muted hover:text-primary">
            {fixed.length === 1 ? 'One field stays as it is' : `${fixed.length} fields stay as they are`}
          </summary>
          <dl className="flex flex-col gap-3 border-t border-subtle px-3 py-3 text-14">
            {fixed.map((field) => (
              <div key={field.name}>
                <dt className="text-13 font-medium">{field.label}</dt>
                <dd className="break-words">
                  {field.isRedacted ? (
                    <Hidden />
                  ) : (
                    <DetailValue at={at} field={field} value={base.row[field.name]} labels={base.labels} />
                  )}
                  <p className="flex items-center gap-1.5 text-12 text-muted">
                    <Lock size={12} aria-hidden />
                    {readOnlyReason(field, false)}
                  </p>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {asking && (
        <RequestApproval
          at={at}
          intent={asking}
          what={`Change ${Object.keys((asking.payload as { values: object }).values).length} fields`}
          onClose={() => setAsking(undefined)}
          onAsked={done}
        />
      )}
    </FormFrame>
  );
}

interface CreateFormProps {
  readonly at: ModelPlace;
  readonly onCancel: () => void;
  readonly onCreated: (id: string) => void;
}

/** Makes a new row. What may be left out and was left alone is not sent. */
export function CreateForm({ at, onCancel, onCreated }: CreateFormProps) {
  const all = editableFields(at.model, true);
  const fields = [
    ...all.filter((field) => !field.isOptionalOnCreate),
    ...all.filter((field) => field.isOptionalOnCreate),
  ];
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<Error>();
  const [asking, setAsking] = useState<Intent>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // A retry after a lost answer is the same request.
  const rule = at.model.actions.create;
  const { question, leave } = useUnsaved(Object.values(drafts).some(Boolean));
  const cancel = () => leave(onCancel);

  const send = async () => {
    const { values, errors: wrong } = readNew(fields, drafts);
    setErrors(wrong);
    setProblem(undefined);
    if (Object.keys(wrong).length > 0) return focusFirstError(form.current);
    const intent: Intent = { model: at.model.name, action: 'create', payload: { values } };
    if (rule?.needsApproval) return setAsking(intent);
    setBusy(true);
    try {
      const { data, correlationId } = await call(productsIntent, { params: { id: at.id }, body: intent });
      const { id } = readAnswer(CreateAnswer, data, correlationId);
      toast({ title: `${at.model.label} created` });
      leave(() => onCreated(id));
      await afterWrite();
    } catch (error) {
      if (needsApproval(error)) setAsking(intent);
      const placed = fieldErrors(error);
      setErrors(placed);
      const known = Object.keys(placed).every((name) => fields.some((field) => field.name === name));
      setProblem(Object.keys(placed).length > 0 && known ? undefined : (error as Error));
      focusFirstError(form.current);
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormFrame
      form={form}
      busy={busy}
      action={rule?.needsApproval ? 'Ask for approval' : `Create ${at.model.label.toLowerCase()}`}
      problem={<Problem error={problem} product={at.name} />}
      onSubmit={() => void send()}
      onCancel={cancel}
      question={question}
    >
      {fields.map((field) => (
        <FieldEditor
          key={field.name}
          field={field}
          at={at}
          optional={field.isOptionalOnCreate}
          draft={drafts[field.name] ?? null}
          error={errors[field.name]}
          onChange={(draft) => {
            setDrafts((held) => ({ ...held, [field.name]: draft }));
            setErrors((held) => without(held, field.name));
          }}
        />
      ))}
      {asking && (
        <RequestApproval
          at={at}
          intent={asking}
          what={`Create ${at.model.label.toLowerCase()}`}
          onClose={() => setAsking(undefined)}
          onAsked={cancel}
        />
      )}
    </FormFrame>
  );
}
