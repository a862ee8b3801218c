import { accessSimulate, errorCatalogue, type PlannedChange } from '@castellan/contract';
import { Button, classNames, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { adviceOf } from '../api/advice.ts';
import { CallError } from '../api/call.ts';
import { reading } from '../api/queries.ts';
import { type Effect, effectsOf, rightLabel, subjectOf } from './effects.ts';

/** Who would gain or lose what by a change that is not made yet, asked once for each change that is looked at. */
function useSimulation(change: PlannedChange | undefined) {
  return useQuery({
    ...reading(accessSimulate, { body: { change: change as PlannedChange } }),
    enabled: change !== undefined,
    // It is true of the moment it was asked; once the change is made, asking again would find nothing to change.
    staleTime: 'static',
    gcTime: 0,
    retry: false,
  });
}

/**
 * What a change would do, in the dialog that asks for it: who gains and loses what, by name. It never stands in the
 * way: when it can't be worked out it says so, and the change can be made all the same.
 */
export function Simulation({
  change,
  children,
}: {
  change: PlannedChange | undefined;
  children?: ReactNode;
}) {
  const { data, error, refetch, isFetching } = useSimulation(change);
  return (
    <section aria-label="What this changes" className="min-h-20">
      <p className="mb-1 text-13 font-medium">What this changes</p>
      <div aria-live="polite" aria-busy={isFetching}>
        {change === undefined ? (
          <p className="text-13 text-muted">{children}</p>
        ) : error && !isFetching ? (
          <Unknown error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <div className="flex flex-col gap-2 pt-1">
            <span className="sr-only">Working out who gains or loses something</span>
            <Skeleton className="h-3.5 w-3/5" />
            <Skeleton className="h-3.5 w-2/5" />
          </div>
        ) : data.refusal ? (
          <Refused
            title={errorCatalogue[data.refusal].title}
            fix={adviceOf({ code: data.refusal, fix: errorCatalogue[data.refusal].fix })}
          />
        ) : data.peopleCount === 0 ? (
          <p className="text-14 text-muted">Nobody gains or loses anything.</p>
        ) : (
          <Effects effects={effectsOf(data)} shown={data.people.length} total={data.peopleCount} />
        )}
      </div>
    </section>
  );
}

/** What stands in the place of the effects, and why. */
function Notice(props: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-2 rounded-control border border-warning-border bg-warning-surface px-3 py-2 text-13 text-warning">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium">{props.title}</p>
        <p>{props.children}</p>
      </div>
      {props.action}
    </div>
  );
}

function Refused({ title, fix }: { title: string; fix: string }) {
  return (
    <Notice title="This would be refused">
      {title}. {fix}
    </Notice>
  );
}

function Unknown({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof CallError && error.status >= 400 && error.status < 500)
    return <Refused title={error.message} fix={error.detail ?? error.fix} />;
  const id = error instanceof CallError ? error.correlationId : undefined;
  return (
    <Notice
      title="It is not known who gains or loses something"
      action={
        <Button small onClick={onRetry}>
          Ask again
        </Button>
      }
    >
      {error.message}. You can go on without knowing, or ask again.
      {id && ` Correlation id ${id}.`}
    </Notice>
  );
}

const linesShown = 8;

function Effects(props: { effects: readonly Effect[]; shown: number; total: number }) {
  const { effects, shown, total } = props;
  const manyServices =
    new Set(effects.flatMap(({ rights }) => rights.map(({ service }) => service))).size > 1;
  const rest = effects.slice(linesShown);
  const line = (effect: Effect) => (
    <EffectLine
      key={`${effect.verb} ${effect.people.map(({ id }) => id).join(' ')}`}
      effect={effect}
      withService={manyServices}
      partial={shown < total}
    />
  );
  return (
    <>
      {shown < total && (
        <p className="mb-2 text-13 text-muted">
          {total.toLocaleString()} people gain or lose something. Of the first {shown.toLocaleString()}:
        </p>
      )}
      <ul className="flex flex-col gap-2.5">{effects.slice(0, linesShown).map(line)}</ul>
      {rest.length > 0 && (
        <details className="mt-2.5">
          <summary className="text-13 text-link">{rest.length.toLocaleString()} more</summary>
          <ul className="mt-2.5 flex flex-col gap-2.5">{rest.map(line)}</ul>
        </details>
      )}
    </>
  );
}

function EffectLine(props: { effect: Effect; withService: boolean; partial: boolean }) {
  const { effect, withService, partial } = props;
  const { verb, people, rights } = effect;
  const Icon = verb === 'lose' ? Minus : Plus;
  const label = (right: (typeof rights)[number]) =>
    withService ? `${rightLabel(right)} (${right.service})` : rightLabel(right);
  return (
    <li className="flex items-start gap-2 text-14">
      <span
        aria-hidden
        className={classNames(
          'mt-0.5 grid size-4 shrink-0 place-items-center rounded-[4px] border',
          verb === 'lose'
            ? 'border-danger-border bg-danger-surface text-danger'
            : 'border-success-border bg-success-surface text-success',
        )}
      >
        <Icon size={12} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words">
          {subjectOf(effect, partial)}{' '}
          {rights.length === 1 && rights[0] ? (
            <code className="font-mono text-13">{label(rights[0])}</code>
          ) : (
            `${rights.length.toLocaleString()} ${rights.every(({ action }) => action) ? 'actions' : 'rights'}`
          )}
        </p>
        {rights.length > 1 && (
          <More
            items={rights.map((right) => ({ key: label(right), name: label(right) }))}
            atFirst={6}
            className="font-mono text-12"
          />
        )}
        {people.length > 1 && (
          <More
            items={people.map(({ id, name }) => ({ key: id, name }))}
            atFirst={6}
            className="text-13 text-muted"
          />
        )}
      </div>
    </li>
  );
}

/** Names in a row, the rest of them one press away. */
function More(props: {
  items: readonly { readonly key: string; readonly name: string }[];
  atFirst: number;
  className: string;
}) {
  const { items, atFirst, className } = props;
  const listed = (some: typeof items) =>
    some.map(({ key, name }, index) => (
      <span key={key}>
        {index > 0 && ', '}
        {name}
      </span>
    ));
  if (items.length <= atFirst + 1)
    return <p className={classNames('break-words', className)}>{listed(items)}</p>;
  return (
    <details className={classNames('break-words', className)}>
      <summary className="list-none">
        {listed(items.slice(0, atFirst))} <span className="text-link">and {items.length - atFirst} more</span>
      </summary>
      {listed(items.slice(atFirst))}
    </details>
  );
}
