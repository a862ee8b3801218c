import { type AdminModel, productsIntent } from '@castellan/contract';
import {
  Avatar,
  Button,
  CopyId,
  EmptyState,
  ErrorState,
  RelativeTime,
  TimelineSkeleton,
  toast,
} from '@castellan/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { History as HistoryIcon, Undo2 } from 'lucide-react';
import { CallError } from '../api/call.ts';
import { useAction } from '../api/use-action.ts';
import { productFailure } from './failure.ts';
import { wordsOf } from './json-form.ts';
import { ask, fieldNamed, HistoryAnswer, type HistoryEntry, type ModelPlace } from './queries.ts';
import { instantOf, textOf } from './values.ts';

const verbs: Readonly<Record<string, string>> = {
  create: 'created it',
  update: 'changed it',
  delete: 'deleted it',
  undo: 'undid a change',
};

/** What happened to a row: who changed what from what to what; a change can be undone while the row is as it left it. */
export function History({ at, id }: { at: ModelPlace; id: string }) {
  const query = useInfiniteQuery({
    queryKey: [productsIntent.id, 'history', at.id, at.model.name, id],
    queryFn: ({ signal, pageParam }) =>
      ask(
        at.id,
        {
          model: at.model.name,
          action: 'custom',
          command: 'history',
          payload: { id, ...(pageParam && { cursor: pageParam }) },
        },
        HistoryAnswer,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    retry: false,
  });
  const entries = query.data?.pages.flatMap(({ items }) => items);
  if (query.error instanceof CallError && query.error.productCode === 'UNKNOWN_ACTION')
    return (
      <EmptyState compact icon={HistoryIcon} title="No history is kept here">
        {at.name} does not change these rows from here.
      </EmptyState>
    );
  if (query.error && !entries)
    return <ErrorState failure={productFailure(query.error, at.name)} onRetry={() => void query.refetch()} />;
  if (!entries) return <TimelineSkeleton lines={4} />;
  if (entries.length === 0)
    return (
      <EmptyState compact icon={HistoryIcon} title="Nothing was changed from here yet">
        Changes that operators make stand here with what was before.
      </EmptyState>
    );
  return (
    <div className="flex flex-col gap-3">
      <ol aria-label="History" className="flex flex-col">
        {entries.map((entry) => (
          <Entry key={entry.id} at={at} id={id} entry={entry} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show earlier
        </Button>
      )}
    </div>
  );
}

function Entry({ at, id, entry }: { at: ModelPlace; id: string; entry: HistoryEntry }) {
  const undo = useAction(productsIntent, {
    done: () => ({ title: 'The change is undone' }),
    showsErrors: true,
  });
  const when = instantOf(entry.at);
  return (
    <li className="flex items-start gap-3 border-b border-subtle py-3 last:border-0">
      <Avatar name={entry.operator.email} size={24} />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div className="flex items-start gap-2">
          <p className="min-w-0 flex-1 pt-0.5 text-14 break-words">
            <span className="font-medium">{entry.operator.email}</span>{' '}
            {verbs[entry.action] ?? `ran ${wordsOf(entry.action).toLowerCase()}`}
            <span className="text-12 text-muted"> · {when ? <RelativeTime at={when} /> : entry.at}</span>
          </p>
          {/* The product says it for this operator's role. */}
          {entry.can_undo && (
            <Button
              small
              icon={Undo2}
              busy={undo.isPending}
              onClick={() =>
                undo.mutate(
                  {
                    params: { id: at.id },
                    body: {
                      model: at.model.name,
                      action: 'custom',
                      command: 'undo',
                      id,
                      payload: { change_id: entry.id },
                    },
                  },
                  { onError: (error) => toast(toastOf(error, at.name)) },
                )
              }
            >
              Undo
            </Button>
          )}
        </div>
        {entry.changes.length > 0 && <Changes model={at.model} changes={entry.changes} />}
        {entry.correlation_id && (
          <p className="text-12 text-faint">
            Correlation id <CopyId value={entry.correlation_id} />
          </p>
        )}
      </div>
    </li>
  );
}

const toastOf = (error: unknown, name: string) => {
  const failure = productFailure(error, name);
  return { failed: true, title: failure.title, detail: failure.fix };
};

/** Old and new values of one change. */
export function Changes({ model, changes }: { model: AdminModel; changes: HistoryEntry['changes'] }) {
  return (
    <div className="overflow-x-auto rounded-control border border-default">
      <table className="w-full table-fixed text-13">
        <thead className="sr-only">
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => {
            const field = fieldNamed(model, change.field);
            const shown = (value: unknown) =>
              change.is_redacted
                ? 'Hidden'
                : value === null || value === undefined
                  ? 'nothing'
                  : value === ''
                    ? 'empty text'
                    : textOf(field ?? { type: 'unknown', itemType: null }, value).slice(0, 500);
            return (
              <tr key={change.field} className="border-t border-subtle align-top first:border-0">
                <th scope="row" className="w-1/4 px-3 py-1.5 text-left font-normal break-words text-muted">
                  {field?.label ?? wordsOf(change.field)}
                </th>
                <td className="px-3 py-1.5 break-words text-muted line-through">{shown(change.before)}</td>
                <td className="px-3 py-1.5 font-medium break-words">{shown(change.after)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
