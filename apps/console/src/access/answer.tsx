import type { AccessChange, Explanation, PathStep } from '@castellan/contract';
import { Badge, buttonClasses, Card, classNames } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { ArrowRight, Check, X } from 'lucide-react';
import type { ReactNode } from 'react';

const linkClass = buttonClasses('secondary', true);

/** A yes with the path that leads to it, or a no with what is missing and the shortest change. */
export function Answer(props: { explanation: Explanation; workspaceId: string | undefined }) {
  const { explanation, workspaceId } = props;
  const { allowed, path, changes, text } = explanation;
  const Icon = allowed ? Check : X;
  return (
    <Card>
      <div className="flex items-start gap-3">
        <span
          aria-hidden
          className={classNames(
            'grid size-10 shrink-0 place-items-center rounded-full border',
            allowed
              ? 'border-success-border bg-success-surface text-success'
              : 'border-danger-border bg-danger-surface text-danger',
          )}
        >
          <Icon size={20} />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="text-20 font-semibold">{allowed ? 'Yes' : 'No'}</h2>
          <p className="text-14 break-words first-letter:uppercase">{text}</p>
        </div>
      </div>
      {allowed && path.length > 0 && (
        <Part title="How it comes about">
          <ol className="flex flex-wrap items-center gap-x-2 gap-y-2">
            {path.map((step, index) => (
              <li key={`${step.kind} ${step.name}`} className="flex min-w-0 items-center gap-2">
                {index > 0 && <ArrowRight size={14} aria-hidden className="shrink-0 text-faint" />}
                <Step step={step} workspaceId={workspaceId} />
              </li>
            ))}
          </ol>
        </Part>
      )}
      {!allowed && (
        <Part title={changes.length > 1 ? 'What would change it, together' : 'What would change it'}>
          {changes.length === 0 ? (
            <p className="text-14 text-muted">Nothing that is done here would.</p>
          ) : (
            <ol className="flex flex-col gap-2 text-14">
              {changes.map((change) => (
                <li key={change.text} className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
                  <span className="flex min-w-0 flex-1 basis-56 items-start gap-2">
                    <span aria-hidden className="mt-[7px] size-1.5 shrink-0 rounded-full bg-accent-mark" />
                    <span className="min-w-0 break-words">{change.text}</span>
                  </span>
                  <WhereToChange change={change} workspaceId={workspaceId} />
                </li>
              ))}
            </ol>
          )}
        </Part>
      )}
    </Card>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5">
      <h3 className="mb-2 text-12 font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

/** One step of a path: what kind it is, and its name as a link where the console has a page for it. */
function Step({ step, workspaceId }: { step: PathStep; workspaceId: string | undefined }) {
  const { kind, id, name } = step;
  switch (kind) {
    case 'group':
      return (
        <Chip label="group">
          {id && workspaceId ? (
            <Link
              to="/workspaces/$id"
              params={{ id: workspaceId }}
              search={{ tab: 'groups', group: id }}
              className="hover:underline"
            >
              {name}
            </Link>
          ) : (
            name
          )}
        </Chip>
      );
    case 'role':
      return (
        <Chip label="role">
          {id && workspaceId ? (
            <Link
              to="/workspaces/$id/roles/$roleId"
              params={{ id: workspaceId, roleId: id }}
              className="hover:underline"
            >
              {name}
            </Link>
          ) : (
            name
          )}
        </Chip>
      );
    case 'action':
      return (
        <Chip>
          <span className="font-mono text-13">{name}</span>
        </Chip>
      );
    case 'owner':
      return <Chip>owner of the resource</Chip>;
    case 'workspace_role':
      return <Chip label="workspace role">{name}</Chip>;
    case 'visibility':
      return <Chip>visible to the workspace</Chip>;
    case 'share':
      return <Chip label="shared to">{name}</Chip>;
  }
}

function Chip({ label, children }: { label?: string; children: ReactNode }) {
  return (
    <span className="min-w-0 rounded-control border border-default bg-sunken px-2 py-1 text-13 break-words">
      {label && <span className="text-muted">{label} </span>}
      <span className="font-medium">{children}</span>
    </span>
  );
}

/** Where a change is made. */
function WhereToChange({ change, workspaceId }: { change: AccessChange; workspaceId: string | undefined }) {
  const { kind, targetId: id } = change;
  if (!id) return kind === 'register_resource' ? <Badge>by the service</Badge> : null;
  switch (kind) {
    case 'activate_user':
      return (
        <Link to="/users/$id" params={{ id }} className={linkClass}>
          Open the person
        </Link>
      );
    case 'add_member':
    case 'make_workspace_admin':
      return (
        <Link to="/workspaces/$id" params={{ id }} className={linkClass}>
          Open the workspace
        </Link>
      );
    case 'create_role':
      return (
        <Link to="/workspaces/$id" params={{ id }} search={{ tab: 'roles' }} className={linkClass}>
          Open its roles
        </Link>
      );
    case 'add_action_to_role':
    case 'give_role':
      return workspaceId ? (
        <Link
          to="/workspaces/$id/roles/$roleId"
          params={{ id: workspaceId, roleId: id }}
          className={linkClass}
        >
          Open the role
        </Link>
      ) : null;
    case 'share_resource':
    case 'raise_share':
      return (
        <Link to="/permissions/$id" params={{ id }} className={linkClass}>
          Open the resource
        </Link>
      );
    case 'register_action':
    case 'register_resource':
    case 'widen_grant':
      return null;
  }
}
