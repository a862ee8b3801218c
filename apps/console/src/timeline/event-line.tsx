import { type ActivityEvent, activityEvents } from '@castellan/contract';
import type { TimelineEntry } from '@castellan/ui';
import type { ReactNode } from 'react';
import { ChangeLine, contextOf, outcomeName } from './change-line.tsx';
import { foldChanges, readChange, type TimelineItem } from './product-change.ts';
import { ActorChain, TargetName } from './target-name.tsx';
import { labelOf } from './words.ts';

/** What the sentence leaves open, where the event's detail says it: which role, which group, which action, with whom. */
export function specificsOf({
  action,
  detail,
}: Pick<ActivityEvent, 'action' | 'detail'>): string | undefined {
  const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : undefined);
  switch (action) {
    case 'role_action_added':
    case 'role_action_removed':
      return text('action');
    case 'role_member_added':
    case 'role_member_removed':
    case 'role_group_added':
    case 'role_group_removed':
      return text('role');
    case 'group_member_added':
    case 'group_member_removed':
      return text('group');
    case 'permission_shared':
    case 'permission_unshared': {
      const name = text('user') ?? text('group');
      const permission = text('permission');
      return name && (permission ? `${name}, to ${permission}` : name);
    }
    case 'product_rows_exported':
      return text('model');
    default:
      return undefined;
  }
}

/** An event as a sentence, its names as links. A change of a product's data says what became of it. */
export function EventLine({ item }: { item: TimelineItem }): ReactNode {
  const { event } = item;
  const change = readChange(item);
  if (change) return <ChangeLine actors={event.actors} change={change} />;
  if (event.action === 'mutation_refused') return <RefusedLine event={event} />;
  return <Sentence event={event} />;
}

/** The sentence of the contract; what it leaves open, behind a colon. */
function Sentence({ event }: { event: ActivityEvent }): ReactNode {
  const parts = activityEvents[event.action].split(/(\{actor\}|\{target\})/);
  const specifics = specificsOf(event);
  const line = parts.map((part, index) => {
    // The sentence of an action never changes, so a part's place is its identity.
    const key = `${index} ${part}`;
    if (part === '{actor}') return <ActorChain key={key} actors={event.actors} />;
    if (part === '{target}')
      return <TargetName key={key} target={event.target} workspaceId={event.workspace?.id} />;
    return (
      <span key={key} className="text-muted">
        {part}
      </span>
    );
  });
  if (!specifics) return line;
  return (
    <>
      {line}
      <span className="text-muted">: </span>
      {specifics}
    </>
  );
}

const kinds = { users: 'user', workspaces: 'workspace', services: 'service', imports: 'import' } as const;

/** What an operator tried, of what, and why it was refused. */
function RefusedLine({ event }: { event: ActivityEvent }): ReactNode {
  const { operation, id, why, code } = event.detail;
  const [about = '', ...does] = String(operation ?? 'a change').split('.');
  const kind = Object.hasOwn(kinds, about) ? kinds[about as keyof typeof kinds] : undefined;
  return (
    <>
      <ActorChain actors={event.actors} />
      <span className="text-muted"> was refused </span>
      <span className="font-medium">
        {does.length > 0 ? `${labelOf(about)}: ${labelOf(does.join(' ')).toLowerCase()}` : about}
      </span>
      {kind && typeof id === 'string' && (
        <>
          <span className="text-muted"> of </span>
          <TargetName target={{ kind, id, label: id.slice(0, 8) }} />
        </>
      )}
      <span className="text-danger">. {String(why ?? code)}</span>
    </>
  );
}

/** One line of a timeline, with what it was made of. */
export interface EventEntry extends TimelineEntry {
  readonly item: TimelineItem;
  /** What stands beneath the line, where there is room for it. */
  readonly beneath: string | undefined;
  /** What became of it in a word, where it was not simply done; for where the line is cut short. */
  readonly outcome: string | undefined;
  /** Of a change of a product's data: what the product's own history has, too. */
  readonly correlationId: string | undefined;
}

/** Events as lines, newest first; those of one change are one. */
export function entriesOf(events: readonly ActivityEvent[]): readonly EventEntry[] {
  return foldChanges(events).map((item) => {
    const { event } = item;
    const change = readChange(item);
    const context = [
      event.workspace && `in ${event.workspace.name}`,
      event.service && event.target.kind !== 'service' && `at ${event.service}`,
    ];
    const beneath = change ? contextOf(change) : context.filter(Boolean).join(', ') || undefined;
    const sentAs = event.detail.sent_as ?? event.correlationId;
    return {
      item,
      id: event.id,
      actor: event.actors[0]?.label ?? event.target.label,
      line: <EventLine item={item} />,
      context: change && beneath ? `(${beneath})` : beneath,
      beneath,
      outcome: change && outcomeName(change),
      correlationId: change && typeof sentAs === 'string' ? sentAs : undefined,
      at: event.at,
    };
  });
}
