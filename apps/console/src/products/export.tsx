import { productExportLimit, productsExport } from '@castellan/contract';
import { Button, Dialog } from '@castellan/ui';
import { useEffect, useRef, useState } from 'react';
import { addressOf, CallError, errorOf } from '../api/call.ts';
import { askedFields, type ListState } from './address.ts';
import { createRecordCounter } from './csv.ts';
import { Problem } from './problem.tsx';
import type { ListAnswer, ModelPlace } from './queries.ts';
import { countText } from './values.ts';

interface ExportDialogProps {
  readonly at: ModelPlace;
  readonly state: ListState;
  readonly total: ListAnswer['total'];
  readonly onClose: () => void;
}

interface Progress {
  readonly rows: number;
  readonly bytes: number;
}

/** Fetches the list as it is filtered and sorted, as CSV, and hands it to the browser as a file. */
export function ExportDialog({ at, state, total, onClose }: ExportDialogProps) {
  const [progress, setProgress] = useState<Progress>({ rows: 0, bytes: 0 });
  const [expected, setExpected] = useState<number>();
  const [problem, setProblem] = useState<unknown>();
  const [isDone, setDone] = useState(false);
  const [attempt, setAttempt] = useState(0);
  // The list behind may be asked again; what is exported is the list at the press.
  const asked = useRef(state);

  // biome-ignore lint/correctness/useExhaustiveDependencies: one export for each attempt
  useEffect(() => {
    const ending = new AbortController();
    setProblem(undefined);
    setProgress({ rows: 0, bytes: 0 });
    fetchCsv(at, asked.current, ending.signal, setExpected, setProgress).then(
      (file) => {
        saveFile(file, `${at.name}-${at.model.name}.csv`);
        setDone(true);
      },
      (error: unknown) => {
        if (!ending.signal.aborted) setProblem(error);
      },
    );
    return () => ending.abort();
  }, [attempt]);

  const goal = expected ?? (total && !total.isEstimate ? total.count : undefined);
  const share = goal ? Math.min(1, progress.rows / goal) : undefined;
  const words = isDone
    ? `${progress.rows.toLocaleString()} rows are in your downloads.`
    : `${progress.rows.toLocaleString()} of ${goal?.toLocaleString() ?? countText(total) ?? 'unknown'} rows, ${(progress.bytes / 1_000_000).toFixed(1)} MB`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={isDone ? 'The export is done' : `Exporting ${at.model.labelPlural.toLowerCase()}`}
      footer={
        isDone ? (
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            {problem !== undefined && (
              <Button kind="primary" onClick={() => setAttempt(attempt + 1)}>
                Try again
              </Button>
            )}
          </>
        )
      }
    >
      {problem !== undefined ? (
        <Problem error={problem} product={at.name} />
      ) : (
        <div className="flex flex-col gap-2">
          {!isDone && (
            <div
              role="progressbar"
              aria-label="Rows exported"
              aria-valuemin={0}
              aria-valuemax={100}
              {...(share === undefined ? {} : { 'aria-valuenow': Math.round(share * 100) })}
              className="h-1.5 overflow-hidden rounded-full bg-pressed"
            >
              <div
                className={`h-full rounded-full bg-accent ${share === undefined ? 'w-1/3 animate-breathe' : ''}`}
                {...(share === undefined ? {} : { style: { width: `${share * 100}%` } })}
              />
            </div>
          )}
          <p aria-live="polite" className="text-13 text-muted tabular-nums">
            {words}
          </p>
          {isDone && progress.rows >= productExportLimit && (
            <p className="text-13 text-warning">
              An export ends at {productExportLimit.toLocaleString()} rows: narrow the list for the rest.
            </p>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** @throws CallError refused, or cut off before its end */
async function fetchCsv(
  at: ModelPlace,
  state: ListState,
  signal: AbortSignal,
  onExpected: (rows: number) => void,
  onProgress: (progress: Progress) => void,
): Promise<Blob> {
  const cutOff = (rows: number) =>
    new CallError({
      title: 'The export was cut off',
      status: 0,
      fix: `It ended after ${rows.toLocaleString()} rows. Nothing was saved: try again.`,
    });
  const response = await fetch(
    addressOf(productsExport, { params: { id: at.id }, body: { model: at.model.name } }),
    {
      method: 'POST',
      headers: { 'X-Requested-With': 'castellan', 'Content-Type': 'application/json' },
      body: JSON.stringify({
        model: at.model.name,
        payload: {
          ...(state.filter && { filter: state.filter }),
          ...(state.search && { search: state.search }),
          sort: [state.sort],
          fields: askedOrder(at, state),
        },
      }),
      signal,
    },
  ).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw cutOff(0);
  });
  if (!response.ok || !response.body) throw await errorOf(response);
  const expected = Number(response.headers.get('X-Total-Count') ?? Number.NaN);
  if (Number.isFinite(expected)) onExpected(expected);
  const reader = response.body.getReader();
  const count = createRecordCounter();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let progress: Progress = { rows: 0, bytes: 0 };
  let shownAt = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      // The first line names the columns.
      progress = { rows: Math.max(0, count(value) - 1), bytes: progress.bytes + value.length };
      if (Date.now() - shownAt > 100) {
        shownAt = Date.now();
        onProgress(progress);
      }
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw cutOff(progress.rows);
  }
  onProgress(progress);
  return new Blob(chunks, { type: 'text/csv' });
}

/** The columns as they are shown, then what names each row. */
function askedOrder(at: ModelPlace, state: ListState): readonly string[] {
  return [...new Set([...state.columns, ...askedFields(at.model, state.columns)])];
}

function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
