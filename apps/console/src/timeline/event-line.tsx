import { type ActivityEvent, activityEvents } from '@castellan/contract';
import type { TimelineEntry } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Target = Pick<ActivityEvent['target'], 'kind' | 'id' | 'label'>;

/** A thing by its name, as a link where the console has a page for it. */
export function TargetName({ target }: { target: Target }) {
  const className = 'rounded-[4px] font-medium hover:underline';
  if (target.id && target.kind === 'user')
    return (
      <Link to="/users/$id" params={{ id: target.id }} className={className}>
        {target.label}
      </Link>
    );
  if (target.id && target.kind === 'workspace')
    return (
      <Link to="/workspaces/$id" params={{ id: target.id }} className={className}>
        {target.label}
      </Link>
    );
  if (target.id && target.kind === 'service')
    return (
      <Link to="/services/$id" params={{ id: target.id }} className={className}>
        {target.label}
      </Link>
    );
  if (target.id && target.kind === 'import')
    return (
      <Link to="/import/$id" params={{ id: target.id }} className={className}>
        {target.label}
      </Link>
    );
  return <span className="font-medium">{target.label}</span>;
}

/** Who did it; with several, "Ada (operator) as Bob". */
export function ActorChain({ actors }: { actors: ActivityEvent['actors'] }) {
  return actors.map((actor, index) => (
    <span key={`${actor.kind} ${actor.id ?? actor.label}`}>
      {index > 0 && ' as '}
      <TargetName
        target={{ kind: actor.kind === 'service' ? 'service' : 'user', id: actor.id, label: actor.label }}
      />
      {actors.length > 1 && index < actors.length - 1 && ` (${actor.kind})`}
    </span>
  ));
}

/** An event as the sentence of the contract, its names as links. */
export function EventLine({ event }: { event: ActivityEvent }): ReactNode {
  const parts = activityEvents[event.action].split(/(\{actor\}|\{target\})/);
  return parts.map((part, index) => {
    // The sentence of an action never changes, so a part's place is its identity.
    const key = `${index} ${part}`;
    if (part === '{actor}') return <ActorChain key={key} actors={event.actors} />;
    if (part === '{target}') return <TargetName key={key} target={event.target} />;
    return (
      <span key={key} className="text-muted">
        {part}
      </span>
    );
  });
}

/** The event as a line of a timeline. */
export function entryOf(event: ActivityEvent): TimelineEntry {
  const context = [
    event.workspace && `in ${event.workspace.name}`,
    event.service && event.target.kind !== 'service' && `at ${event.service}`,
  ];
  return {
    id: event.id,
    actor: event.actors[0]?.label ?? event.target.label,
    line: <EventLine event={event} />,
    context: context.filter(Boolean).join(', ') || undefined,
    at: event.at,
  };
}
