import { type ActivityEvent, activityRead, targetKinds } from '@castellan/contract';
import { Badge, CopyId, DefinitionList, ErrorState, exactTime, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { failureOf } from '../api/failure.ts';
import { reading } from '../api/queries.ts';
import { actionLabel } from './action-labels.ts';
import { actionName, factsOf } from './change-line.tsx';
import { EventLine } from './event-line.tsx';
import { readChange, type TimelineItem } from './product-change.ts';
import { ActorChain, TargetName } from './target-name.tsx';
import { labelOf } from './words.ts';

/** Everything about one event: who, what, to whom, before and after; the raw record one press away. */
export function EventDetail({ id, known }: { id: string; known: TimelineItem | undefined }) {
  const query = useQuery({ ...reading(activityRead, { params: { id } }), enabled: known === undefined });
  const item = known ?? (query.data && { event: query.data, earlier: [] });
  if (query.error)
    return <ErrorState failure={failureOf(query.error)} onRetry={() => void query.refetch()} />;
  if (!item) return <Skeleton className="h-80 w-full" />;
  const { event, earlier } = item;
  const change = readChange(item);
  const { changes, facts } = readDetail(event.detail);
  const asked = earlier.find(({ action }) => action === 'admin_intent_sent');
  const actor = event.actors[0];
  return (
    <div className="flex flex-col gap-6">
      <p className="text-16">
        <EventLine item={item} />
      </p>
      <DefinitionList
        items={[
          ['When', exactTime(event.at)],
          ['Asked', asked && exactTime(asked.at)],
          ['Action', <Badge key="action">{change ? actionName(change) : actionLabel(event.action)}</Badge>],
          ['Actor', <ActorChain key="actor" actors={event.actors} />],
          [
            'Target',
            change ? undefined : (
              <TargetName key="target" target={event.target} workspaceId={event.workspace?.id} />
            ),
          ],
          ...(change ? factsOf(change) : []),
          ['Reason', change && typeof event.detail.reason === 'string' ? event.detail.reason : undefined],
          [
            'Workspace',
            event.workspace ? (
              <TargetName
                key="workspace"
                target={{ kind: 'workspace', id: event.workspace.id, label: event.workspace.name }}
              />
            ) : undefined,
          ],
          ['Service', change ? undefined : (event.service ?? undefined)],
          ['Address', event.address ? <CopyId key="address" value={event.address} /> : undefined],
          [
            'Correlation id',
            event.correlationId ? <CopyId key="correlation" value={event.correlationId} /> : undefined,
          ],
          // The event's own action stands above.
          ...(change ? [] : facts).map(
            (fact) =>
              [fact[0] === 'action' ? 'Service action' : labelOf(fact[0]), factOf(fact, event)] as const,
          ),
        ]}
      />
      {changes.length > 0 && <Changes changes={changes} />}
      <div className="flex flex-wrap gap-x-4 gap-y-1 text-13">
        {actor?.id && (
          <Link
            to="/activity"
            search={{ actor: actor.id }}
            className="rounded-[4px] text-link hover:underline"
          >
            Everything by {actor.label}
          </Link>
        )}
        {event.target.id && (
          <Link
            to="/activity"
            search={{ target: event.target.id }}
            className="rounded-[4px] text-link hover:underline"
          >
            Everything about {event.target.label}
          </Link>
        )}
      </div>
      <details className="rounded-control border border-subtle">
        <summary className="px-3 py-2 text-13 text-muted hover:text-primary">Raw JSON</summary>
        <pre className="max-h-96 overflow-auto border-t border-subtle bg-sunken p-3 font-mono text-12">
          {[event, ...earlier]
            .map((one) => JSON.stringify(z.encode(activityRead.success[1], one), null, 2))
            .join('\n')}
        </pre>
      </details>
    </div>
  );
}

interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <section>
      <h3 className="mb-2 text-13 font-medium">What changed</h3>
      <div className="overflow-x-auto rounded-control border border-default">
        <table className="w-full text-13">
          <thead>
            <tr className="text-left text-12 text-muted">
              <th scope="col" className="px-3 py-1.5 font-medium">
                Field
              </th>
              <th scope="col" className="px-3 py-1.5 font-medium">
                Before
              </th>
              <th scope="col" className="px-3 py-1.5 font-medium">
                After
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ field, before, after }) => (
              <tr key={field} className="border-t border-subtle align-top">
                <th scope="row" className="px-3 py-2 text-left font-normal text-muted">
                  {labelOf(field)}
                </th>
                <td className="px-3 py-2 break-words text-muted line-through">{textOf(before)}</td>
                <td className="px-3 py-2 font-medium break-words">{textOf(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A fact as text; a name that came with its id, as a link. */
function factOf([name, value, id]: Fact, event: ActivityEvent): ReactNode {
  const kind = targetKinds.find((one) => one === name);
  if (id === undefined || kind === undefined || typeof value !== 'string') return textOf(value);
  return <TargetName target={{ kind, id, label: value }} workspaceId={event.workspace?.id} />;
}

type Fact = readonly [name: string, value: unknown, id?: string];

/** Parts a detail into changes (`{before, after}`) and plain facts; an id stands with the name that it belongs to. */
export function readDetail(detail: Readonly<Record<string, unknown>>): {
  changes: readonly Change[];
  facts: readonly Fact[];
} {
  const changes: Change[] = [];
  const facts: Fact[] = [];
  for (const [field, value] of Object.entries(detail)) {
    if (typeof value === 'object' && value !== null && 'before' in value && 'after' in value)
      changes.push({ field, before: value.before, after: value.after });
    else if (field.endsWith('_id') && detail[field.slice(0, -3)] !== undefined) continue;
    else {
      const id = detail[`${field}_id`];
      facts.push(typeof id === 'string' ? [field, value, id] : [field, value]);
    }
  }
  return { changes, facts };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString();
  if (Array.isArray(value)) return value.map(textOf).join(', ') || 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
