import { type Role, roleActionsAdd, roleActionsRemove, type ServiceAction } from '@castellan/contract';
import { Button, Card, ConfirmDialog, EmptyState, ErrorState, IconButton, Skeleton } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import { failureOf } from '../api/failure.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { ActionName } from './action-name.tsx';
import { AddActionsPanel } from './add-actions-panel.tsx';
import { actionsOf, byService } from './queries.ts';

/** What a role lets its holders do, by service. */
export function RoleActions({ role }: { role: Role }) {
  const list = useList(actionsOf(role.id));
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ServiceAction>();
  return (
    <Card
      flush
      title="Actions"
      description="What holders of this role may do"
      actions={
        <Button small icon={Plus} onClick={() => setAdding(true)}>
          Add actions
        </Button>
      }
    >
      {list.error ? (
        <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
      ) : !list.rows ? (
        <Skeleton className="m-4 h-32" />
      ) : list.rows.length === 0 ? (
        <EmptyState
          compact
          title="This role allows nothing yet"
          action={<Button onClick={() => setAdding(true)}>Add the first actions</Button>}
        >
          Your services register what they can do, like orders:refund. Add the ones that holders of this role
          may do.
        </EmptyState>
      ) : (
        <div className="max-h-[640px] overflow-y-auto">
          {byService(list.rows).map(({ serviceId, service, actions }) => (
            <section
              key={serviceId}
              aria-labelledby={`service-${serviceId}`}
              className="border-b border-subtle last:border-0"
            >
              <h3
                id={`service-${serviceId}`}
                className="bg-sunken px-4 py-1.5 text-12 font-medium text-muted"
              >
                <Link to="/services/$id" params={{ id: serviceId }} className="rounded-[4px] hover:underline">
                  {service}
                </Link>
              </h3>
              <ul>
                {actions.map((action) => (
                  <li
                    key={action.id}
                    className="flex min-h-12 items-center gap-3 border-t border-subtle py-1.5 pr-2 pl-4"
                  >
                    <ActionName action={action} />
                    <IconButton
                      small
                      icon={X}
                      label={`Remove ${action.name}`}
                      onClick={() => setLeaving(action)}
                    />
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
      {list.hasMore && (
        <div className="flex justify-center border-t border-subtle p-3">
          <Button onClick={list.more}>Show more</Button>
        </div>
      )}
      {adding && <AddActionsPanel role={role} held={list} onClose={() => setAdding(false)} />}
      <RemoveQuestion role={role} action={leaving} onClose={() => setLeaving(undefined)} />
    </Card>
  );
}

function RemoveQuestion(props: { role: Role; action: ServiceAction | undefined; onClose: () => void }) {
  const { role, action, onClose } = props;
  const addBack = useAction(roleActionsAdd, { done: () => ({ title: `${role.name} has it again` }) });
  const remove = useAction(roleActionsRemove, {
    showsErrors: true,
    done: (_, { params }) => ({
      title: `${action?.name} is removed from ${role.name}`,
      action: {
        label: 'Undo',
        run: () => addBack.mutate({ params: { id: role.id }, body: { actionIds: [params.said] } }),
      },
    }),
    onDone: onClose,
  });
  const failure = remove.error && failureToast(remove.error);
  return (
    <ConfirmDialog
      open={action !== undefined}
      onOpenChange={(next) => {
        if (next) return;
        remove.reset();
        onClose();
      }}
      title={`Remove ${action?.name} from ${role.name}?`}
      action="Remove action"
      busy={remove.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => action && remove.mutate({ params: { id: role.id, said: action.id } })}
    >
      <Simulation
        change={action && { kind: 'role_actions', role_id: role.id, add: [], remove: [action.id] }}
      />
    </ConfirmDialog>
  );
}
