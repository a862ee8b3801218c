import { productsIntent } from '@castellan/contract';
import { Button, Dialog, Field, Input, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { RequestApproval } from './approval-request.tsx';
import { needsApproval } from './failure.ts';
import type { Filter } from './filters.ts';
import { Problem } from './problem.tsx';
import {
  asking as askingQuery,
  BulkAnswer,
  type Intent,
  type ModelPlace,
  PreviewAnswer,
  readAnswer,
} from './queries.ts';
import { type BulkKind, bulkNeedsApproval } from './rights.ts';

/** Most rows that one bulk action is bound to. */
const mostRows = 500;

/** Which rows: those that were ticked, or all that match. */
export type Chosen = { readonly ids: ReadonlySet<string> } | { readonly everything: true };

/** What is done, in a verb. */
export const verbOf = (kind: BulkKind) =>
  kind === 'update' ? 'Edit' : kind === 'delete' ? 'Delete' : kind.label;
const nameOfKind = (kind: BulkKind) => (typeof kind === 'string' ? kind : kind.name);

/** What is about to be done, and to which rows. */
export interface BulkQuestion {
  readonly at: ModelPlace;
  readonly kind: BulkKind;
  readonly chosen: Chosen;
  readonly filter: Filter | undefined;
  readonly search: string | undefined;
  readonly onClose: () => void;
  /** Takes the ticks away, once it is done or asked for. */
  readonly onClear: () => void;
}

/** Said before anybody confirms what a second operator has to approve. */
export const approvalNote = 'A second operator has to approve it first.';

/** All that the list shows: its filter and its search, which the product reads as it read them for the list. */
const everythingOf = ({ filter, search }: Pick<BulkQuestion, 'filter' | 'search'>) =>
  search ? { search, ...(filter && { filter }) } : { filter: filter ?? { and: [] } };

/** Exactly the rows that it would be done to, as they are now; then what became of it. */
export function PreviewRows(props: BulkQuestion & { values: unknown }) {
  const { at, kind, chosen, values, onClose, onClear } = props;
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
          ...('ids' in chosen ? { ids: [...chosen.ids] } : everythingOf(props)),
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
  const [typed, setTyped] = useState('');
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
  const needs = bulkNeedsApproval(model, kind) || needsApproval(run.error);
  const asksToType = kind === 'delete' && !needs;
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
          ? `At most ${mostRows} at once: narrow the list with a filter or a search.`
          : `Exactly these rows, as they are now. One that somebody changes meanwhile is left alone.${needs ? ` ${approvalNote}` : ''}`
      }
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            kind={kind === 'delete' && !needs ? 'danger' : 'primary'}
            disabled={
              !preview.data ||
              rows.length === 0 ||
              tooMany ||
              (asksToType && typed.trim() !== `${rows.length}`)
            }
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
          <ul
            aria-label="Rows"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
            tabIndex={0}
            className="flex max-h-[44dvh] flex-col overflow-y-auto rounded-control border border-default"
          >
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
      {asksToType && rows.length > 0 && !tooMany && (
        <div className="pt-4">
          <Field label={`Type ${rows.length} to confirm`}>
            <Input
              inputMode="numeric"
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        </div>
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
          <ul
            aria-label="Left alone"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
            tabIndex={0}
            className="flex max-h-[44dvh] flex-col gap-2 overflow-y-auto text-13"
          >
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
