import { type Role, roleActionsAdd, type ServiceAction, serviceActionsList } from '@castellan/contract';
import {
  Button,
  Checkbox,
  EmptyState,
  ErrorState,
  NoMatch,
  SearchBox,
  SidePanel,
  Skeleton,
} from '@castellan/ui';
import { useEffect, useMemo, useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import { failureOf } from '../api/failure.ts';
import { listing } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { type List, useList } from '../api/use-list.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { ActionName } from './action-name.tsx';
import { byService } from './queries.ts';
import { counted } from './words.ts';

/** As many as one call takes. */
const mostAtOnce = 500;

/** The value as it was when it last stood still for a moment. */
function useSettled<T>(value: T, ms = 300): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Adds actions to a role: found by search among all that services registered, several at once. */
export function AddActionsPanel(props: { role: Role; held: List<ServiceAction>; onClose: () => void }) {
  const { role, held, onClose } = props;
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlyMap<string, ServiceAction>>(new Map());
  const all = useList(listing(serviceActionsList, { query: { search: search || undefined } }));
  // Which ones the role has is only known once all of them are here.
  const { rows: heldRows, hasMore, more } = held;
  useEffect(() => {
    if (heldRows && hasMore) more();
  }, [heldRows, hasMore, more]);
  const inRole = useMemo(() => new Set(heldRows?.map(({ id }) => id)), [heldRows]);
  const settled = useSettled(chosen);
  const add = useAction(roleActionsAdd, {
    showsErrors: true,
    done: () => ({ title: `${counted(chosen.size, 'action')} added to ${role.name}` }),
    onDone: onClose,
  });
  const choose = (action: ServiceAction, on: boolean) => {
    const next = new Map(chosen);
    if (on) next.set(action.id, action);
    else next.delete(action.id);
    setChosen(next);
  };
  const tooMany = chosen.size > mostAtOnce;
  return (
    <SidePanel
      wide
      open
      onOpenChange={(next) => !next && onClose()}
      title="Add actions"
      description={`To the role ${role.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            disabled={chosen.size === 0 || tooMany}
            busy={add.isPending}
            onClick={() => add.mutate({ params: { id: role.id }, body: { actionIds: [...chosen.keys()] } })}
          >
            {chosen.size === 0 ? 'Add actions' : `Add ${counted(chosen.size, 'action')}`}
          </Button>
        </>
      }
    >
      <div className="flex h-full min-h-96 flex-col gap-3">
        <SearchBox label="Search actions" value={search} onChange={setSearch} />
        <div className="min-h-40 flex-1 overflow-y-auto rounded-control border border-default">
          {all.error ? (
            <ErrorState failure={failureOf(all.error)} onRetry={all.retry} />
          ) : !all.rows ? (
            <Skeleton className="m-3 h-40" />
          ) : all.rows.length === 0 && search ? (
            <NoMatch what="actions" onClear={() => setSearch('')} />
          ) : all.rows.length === 0 ? (
            <EmptyState compact title="No service has registered an action yet">
              A service says what it can do when it starts; what it names appears here.
            </EmptyState>
          ) : (
            byService(all.rows).map(({ serviceId, service, actions }) => (
              <fieldset key={serviceId}>
                <legend className="w-full border-b border-subtle bg-sunken px-3 py-1.5 text-12 font-medium text-muted">
                  {service}
                </legend>
                {actions.map((action) => (
                  <Choice
                    key={action.id}
                    action={action}
                    inRole={inRole.has(action.id)}
                    chosen={chosen.has(action.id)}
                    onChoose={choose}
                  />
                ))}
              </fieldset>
            ))
          )}
          {all.hasMore && (
            <div className="flex justify-center p-3">
              <Button small onClick={all.more}>
                Show more
              </Button>
            </div>
          )}
        </div>
        {tooMany && <p className="text-13 text-muted">At most {mostAtOnce} at once.</p>}
        <div className="max-h-56 shrink-0 overflow-y-auto">
          <Simulation
            change={
              settled.size === 0 || settled.size > mostAtOnce
                ? undefined
                : { kind: 'role_actions', role_id: role.id, add: [...settled.keys()], remove: [] }
            }
          >
            Choose actions to see who gains them.
          </Simulation>
          <FormProblem error={add.error} />
        </div>
      </div>
    </SidePanel>
  );
}

function Choice(props: {
  action: ServiceAction;
  inRole: boolean;
  chosen: boolean;
  onChoose: (action: ServiceAction, on: boolean) => void;
}) {
  const { action, inRole, chosen, onChoose } = props;
  return (
    // The box carries name and state; the row only widens where a press counts.
    // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is the control
    <label className="flex min-h-11 items-center gap-3 border-b border-subtle px-3 py-1.5 last:border-0 hover:bg-hover">
      <Checkbox
        hideLabel
        label={inRole ? `${action.name}, in the role already` : action.name}
        checked={inRole || chosen}
        disabled={inRole}
        onChange={(on) => onChoose(action, on)}
      />
      <ActionName action={action} />
      {inRole && <span className="shrink-0 text-12 text-muted">in the role</span>}
    </label>
  );
}
