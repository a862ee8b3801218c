import { type AdminAction, productsIntent } from '@castellan/contract';
import { Button, Dialog, Menu, MenuItem, MenuSeparator, Select, SelectionBar, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { ActionFields, emptyAction, readPayload } from './action-form.tsx';
import { RequestApproval } from './approval-request.tsx';
import { type Drafts, parseDraft } from './drafts.ts';
import { FieldEditor } from './editor.tsx';
import { needsApproval } from './failure.ts';
import type { Filter } from './filters.ts';
import { Problem } from './problem.tsx';
import {
  asking as askingQuery,
  BulkAnswer,
  type Intent,
  type ListAnswer,
  type ModelPlace,
  PreviewAnswer,
  readAnswer,
} from './queries.ts';
import { customActionsFor, editableFields, may } from './rights.ts';
import { countText } from './values.ts';

/** Most rows that one bulk action is bound to. */
export const mostRows = 500;

/** Which rows: those that were ticked, or all that match. */
export type Chosen = { readonly ids: ReadonlySet<string> } | { readonly everything: true };

type BulkKind = 'update' | 'delete' | AdminAction;

interface BulkBarProps {
  readonly at: ModelPlace;
  readonly chosen: Chosen;
  readonly filter: Filter | undefined;
  readonly search: string | undefined;
  readonly total: ListAnswer['total'];
  /** Every row of this page is ticked, and there are more. */
  readonly offersEverything: boolean;
  readonly onEverything: () => void;
  readonly onClear: () => void;
}

/** What can be done with several rows at once. */
export function hasBulkActions(at: ModelPlace): boolean {
  return (
    may(at.model, at.role, 'update') ||
    may(at.model, at.role, 'delete') ||
    customActionsFor(at.model, at.role, 'row').length > 0
  );
}

/** Stands over the list while rows are ticked. */
export function BulkBar(props: BulkBarProps) {
  const { at, chosen, total, onClear } = props;
  const [open, setOpen] = useState<BulkKind>();
  const custom = customActionsFor(at.model, at.role, 'row').filter(({ isReadOnly }) => !isReadOnly);
  const mayEdit = may(at.model, at.role, 'update') && editableFields(at.model, false).length > 0;
  const mayDelete = may(at.model, at.role, 'delete');
  const [first, ...rest] = custom;
  const count = 'ids' in chosen ? chosen.ids.size : (total?.count ?? 0);
  return (
    <SelectionBar count={count} onClear={onClear}>
      {props.offersEverything && 'ids' in chosen && (
        <Button small kind="quiet" onClick={props.onEverything}>
          Select all {countText(total)} that match
        </Button>
      )}
      {mayEdit && (
        <Button small onClick={() => setOpen('update')}>
          Edit…
        </Button>
      )}
      {first && (
        <Button small onClick={() => setOpen(first)}>
          {first.label}
        </Button>
      )}
      {(rest.length > 0 || mayDelete) && (
        <Menu label="More for the selected rows" align="start">
          {rest.map((action) => (
            <MenuItem key={action.name} onSelect={() => setOpen(action)}>
              {action.label}
            </MenuItem>
          ))}
          {rest.length > 0 && mayDelete && <MenuSeparator />}
          {mayDelete && (
            <MenuItem danger onSelect={() => setOpen('delete')}>
              Delete
            </MenuItem>
          )}
        </Menu>
      )}
      {open && <BulkDialog {...props} kind={open} onClose={() => setOpen(undefined)} />}
    </SelectionBar>
  );
}

const verbOf = (kind: BulkKind) => (kind === 'update' ? 'Edit' : kind === 'delete' ? 'Delete' : kind.label);
const nameOfKind = (kind: BulkKind) => (typeof kind === 'string' ? kind : kind.name);

interface BulkDialogProps extends BulkBarProps {
  readonly kind: BulkKind;
  readonly onClose: () => void;
}

/** Values first where there are some to give, then exactly the rows that it would be done to, then what became of it. */
function BulkDialog(props: BulkDialogProps) {
  const { kind, at, chosen, onClose } = props;
  const hasForm = kind === 'update' || (kind !== 'delete' && kind.form !== null);
  const [values, setValues] = useState<unknown>();
  const [step, setStep] = useState<'values' | 'rows'>(hasForm ? 'values' : 'rows');
  if (step === 'values')
    return kind === 'update' ? (
      <ChooseValues
        at={at}
        onClose={onClose}
        onNext={(next) => {
          setValues(next);
          setStep('rows');
        }}
      />
    ) : (
      <ChoosePayload
        at={at}
        action={kind as AdminAction}
        onClose={onClose}
        onNext={(next) => {
          setValues(next);
          setStep('rows');
        }}
      />
    );
  return (
    <PreviewRows key={JSON.stringify('ids' in chosen ? [...chosen.ids] : 'all')} {...props} values={values} />
  );
}

function ChooseValues(props: { at: ModelPlace; onClose: () => void; onNext: (values: object) => void }) {
  const { at } = props;
  const fields = editableFields(at.model, false);
  const [names, setNames] = useState<readonly string[]>([]);
  const [drafts, setDrafts] = useState<Drafts>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const formId = useId();
  const rest = fields.filter(({ name }) => !names.includes(name));
  const submit = () => {
    const values: Record<string, unknown> = {};
    const wrong: Record<string, string> = {};
    for (const field of fields.filter(({ name }) => names.includes(name))) {
      const parsed = parseDraft(field, drafts[field.name] ?? null);
      if (parsed.error !== undefined) wrong[field.name] = parsed.error;
      else values[field.name] = parsed.value;
    }
    setErrors(wrong);
    if (Object.keys(wrong).length === 0 && names.length > 0) props.onNext(values);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={`Edit several ${at.model.labelPlural.toLowerCase()}`}
      description="Every row gets the same values in the fields that you choose."
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" disabled={names.length === 0}>
            Show the rows
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {fields
          .filter(({ name }) => names.includes(name))
          .map((field) => (
            <FieldEditor
              key={field.name}
              field={field}
              at={at}
              draft={drafts[field.name] ?? null}
              error={errors[field.name]}
              onChange={(draft) => {
                setDrafts((held) => ({ ...held, [field.name]: draft }));
                setErrors(({ [field.name]: _, ...rest }) => rest);
              }}
            />
          ))}
        {rest.length > 0 && (
          <Select
            aria-label="Field to change"
            value=""
            onChange={(event) => event.target.value && setNames([...names, event.target.value])}
          >
            <option value="">{names.length === 0 ? 'Choose a field…' : 'Another field…'}</option>
            {rest.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </form>
    </Dialog>
  );
}

function ChoosePayload(props: {
  at: ModelPlace;
  action: AdminAction;
  onClose: () => void;
  onNext: (payload: unknown) => void;
}) {
  const { at, action } = props;
  const [draft, setDraft] = useState(emptyAction);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={action.label}
      description={action.description || 'The same for every row.'}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary">
            Show the rows
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const { payload, errors: wrong } = readPayload(action.form, draft);
          setErrors(wrong);
          if (Object.keys(wrong).length === 0) props.onNext(payload);
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
      </form>
    </Dialog>
  );
}

function PreviewRows(props: BulkDialogProps & { values: unknown }) {
  const { at, kind, chosen, filter, search, values, onClose, onClear } = props;
  const { model } = at;
  const action = nameOfKind(kind);
  const preview = useQuery({
    ...askingQuery(
      at.id,
      {
        model: model.name,
        action: 'custom',
        command: 'bulk_preview',
        payload: {
          action,
          ...('ids' in chosen
            ? { ids: [...chosen.ids] }
            : { filter: filter ?? { and: [] }, ...(search && { search }) }),
          ...(values !== undefined && { values }),
        },
      },
      PreviewAnswer,
    ),
    // The run is bound to these very rows and versions: they are not asked again behind the question.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const [asked, setAsked] = useState<Intent>();
  const [outcome, setOutcome] = useState<BulkAnswer>();
  const run = useAction(productsIntent, {
    showsErrors: true,
    onDone: ({ data, correlationId }) => setOutcome(readAnswer(BulkAnswer, data, correlationId)),
  });
  const rows = preview.data?.rows ?? [];
  const tooMany = (preview.data?.count ?? 0) > mostRows || rows.length > mostRows;
  const many = (count: number) =>
    `${count.toLocaleString()} ${count === 1 ? model.label.toLowerCase() : model.labelPlural.toLowerCase()}`;
  const intent: Intent = {
    model: model.name,
    action: 'custom',
    command: 'bulk_run',
    payload: {
      action,
      rows: rows.map(({ id, version }) => ({ id, version })),
      ...(values !== undefined && { values }),
    },
  };
  const rule = typeof kind === 'string' ? model.actions[kind] : kind;
  const needs = rule?.needsApproval || needsApproval(run.error);
  const close = () => {
    onClose();
    if (outcome) onClear();
  };
  if (asked)
    return (
      <RequestApproval
        at={at}
        intent={asked}
        what={`${verbOf(kind)} ${many(rows.length)}`}
        onClose={onClose}
        onAsked={onClear}
      />
    );
  if (outcome) return <Outcome {...{ outcome, rows, many }} verb={verbOf(kind)} onClose={close} />;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={preview.data ? `${verbOf(kind)} ${many(preview.data.count)}?` : verbOf(kind)}
      description={
        tooMany
          ? `At most ${mostRows} at once: narrow the list with a filter.`
          : 'Exactly these rows, as they are now. One that somebody changes meanwhile is left alone.'
      }
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            kind={kind === 'delete' && !needs ? 'danger' : 'primary'}
            disabled={!preview.data || rows.length === 0 || tooMany}
            busy={run.isPending}
            onClick={() =>
              needs
                ? setAsked(intent)
                : run.mutate(
                    { params: { id: at.id }, body: intent },
                    { onError: (error) => needsApproval(error) && setAsked(intent) },
                  )
            }
          >
            {needs ? 'Ask for approval' : `${verbOf(kind)} ${preview.data ? many(rows.length) : ''}`}
          </Button>
        </>
      }
    >
      {preview.error ? (
        <Problem error={preview.error} product={at.name} />
      ) : !preview.data ? (
        <div aria-hidden className="flex flex-col gap-2">
          {[1, 2, 3].map((line) => (
            <Skeleton key={line} className="h-4 w-3/5" />
          ))}
        </div>
      ) : (
        <>
          {values !== undefined && <ValuesLine at={at} values={values} />}
          <ul aria-label="Rows" className="flex flex-col rounded-control border border-default">
            {rows.slice(0, 100).map(({ id, label }) => (
              <li
                key={id}
                className="flex min-w-0 items-center gap-3 border-b border-subtle px-3 py-1.5 text-13 last:border-0"
              >
                <span className="min-w-0 flex-1 truncate">{label || id}</span>
                <span className="max-w-32 shrink-0 truncate font-mono text-12 text-muted">{id}</span>
              </li>
            ))}
          </ul>
          {rows.length > 100 && (
            <p className="pt-2 text-12 text-muted">and {(rows.length - 100).toLocaleString()} more</p>
          )}
        </>
      )}
      {!needs && <Problem error={run.error} product={at.name} />}
    </Dialog>
  );
}

function ValuesLine({ at, values }: { at: ModelPlace; values: unknown }) {
  if (typeof values !== 'object' || values === null || Object.keys(values).length === 0) return null;
  return (
    <p className="pb-3 text-13 break-words">
      {Object.entries(values).map(([name, value], index) => (
        <span key={name}>
          {index > 0 && ', '}
          <span className="text-muted">
            {at.model.fields.find((field) => field.name === name)?.label ?? name}:
          </span>{' '}
          <span className="font-medium">
            {value === null ? 'nothing' : typeof value === 'object' ? JSON.stringify(value) : String(value)}
          </span>
        </span>
      ))}
    </p>
  );
}

interface OutcomeProps {
  readonly outcome: BulkAnswer;
  readonly rows: PreviewAnswer['rows'];
  readonly verb: string;
  readonly many: (count: number) => string;
  readonly onClose: () => void;
}

/** What became of a bulk action: how many it was done to, and which were left alone, with the reason. */
export function Outcome({ outcome, rows, verb, many, onClose }: OutcomeProps) {
  const labels = new Map(rows.map(({ id, label }) => [id, label]));
  const { done, failed } = outcome;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={
        failed.length === 0
          ? `${verb}: done for ${many(done.length)}`
          : `${verb}: ${done.length} of ${many(done.length + failed.length)} done`
      }
      footer={
        <Button kind="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      {failed.length > 0 ? (
        <>
          <p className="pb-2 text-13 font-medium">Left alone</p>
          <ul className="flex flex-col gap-2 text-13">
            {failed.map(({ id, code, message }) => (
              <li key={id} className="break-words">
                <span className="font-medium">{labels.get(id) ?? id}</span>{' '}
                <span className="text-muted">
                  {code === 'CONFLICT' ? 'was changed by somebody else meanwhile' : message}
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="text-14">All rows are done.</p>
      )}
    </Dialog>
  );
}
