import type { ActivityEvent } from '@castellan/contract';
import { Link } from '@tanstack/react-router';

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
  if (target.id && target.kind === 'approval')
    return (
      <Link to="/approvals" search={{ approval: target.id }} className={className}>
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
