import { type ActivityEvent, activityEvents } from '@castellan/contract';
import type { TimelineEntry } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Target = Pick<ActivityEvent['target'], 'kind' | 'id' | 'label'>;

/** A thing by its name, as a link where the console has a page for it. */
export function TargetName(props: {
  target: Target;
  /** Where it is, for what only has a page inside a workspace. */
  workspaceId?: string | undefined;
}) {
  const { target, workspaceId } = props;
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
  if (target.id && target.kind === 'resource')
    return (
      <Link to="/permissions/$id" params={{ id: target.id }} className={className}>
        {target.label}
      </Link>
    );
  if (target.id && workspaceId && target.kind === 'role')
    return (
      <Link
        to="/workspaces/$id/roles/$roleId"
        params={{ id: workspaceId, roleId: target.id }}
        className={className}
      >
        {target.label}
      </Link>
    );
  if (target.id && workspaceId && target.kind === 'group')
    return (
      <Link
        to="/workspaces/$id"
        params={{ id: workspaceId }}
        search={{ tab: 'groups', group: target.id }}
        className={className}
      >
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
    default:
      return undefined;
  }
}

/** An event as the sentence of the contract, its names as links; what it leaves open, behind a colon. */
export function EventLine({ event }: { event: ActivityEvent }): ReactNode {
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
