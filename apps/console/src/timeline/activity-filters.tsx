import { type ActivityAction, activityList, workspacesRead } from '@castellan/contract';
import { Field, FilterPopover, Input, Picker } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { PersonPicker } from '../people/person-picker.tsx';
import { WorkspacePicker } from '../people/workspace-picker.tsx';
import { actionLabel, findActions } from './action-labels.ts';

/** What the list of events is narrowed by, as the address bar holds it. */
export interface Filters {
  readonly action?: ActivityAction | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly workspace?: string | undefined;
  /** Calendar days in the reader's zone, both included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The filters as the contract takes them; days begin and end at the reader's midnight. */
export function queryOf({ action, actor, target, workspace, since, until }: Filters) {
  const end = until ? new Date(`${until}T00:00:00`) : undefined;
  end?.setDate(end.getDate() + 1);
  return {
    action,
    actorId: actor,
    targetId: target,
    workspaceId: workspace,
    since: since ? new Date(`${since}T00:00:00`) : undefined,
    until: end,
  };
}

/** What was done. */
export function ActionFilter(props: {
  value: ActivityAction | undefined;
  onChange: (value: ActivityAction | undefined) => void;
}) {
  const [search, setSearch] = useState('');
  return (
    <FilterPopover
      label="Action"
      value={props.value && actionLabel(props.value)}
      onClear={() => props.onChange(undefined)}
    >
      {(close) => (
        <Picker
          label="Action"
          placeholder="Search actions"
          value={null}
          search={search}
          onSearch={setSearch}
          options={findActions(search).map((action) => ({ id: action, label: actionLabel(action) }))}
          onChange={(chosen) => {
            props.onChange(chosen?.id as ActivityAction | undefined);
            close();
          }}
        />
      )}
    </FilterPopover>
  );
}

/** Who did it, or to whom. */
export function PersonFilter(props: {
  label: string;
  value: string | undefined;
  /** The name where the list holds it. */
  known?: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { label, value, known, onChange } = props;
  const [picked, setPicked] = useState<{ readonly id: string; readonly label: string }>();
  const held = known ?? (picked?.id === value ? picked?.label : undefined);
  // It may be a person, a service or anything else that things happen to: the timeline has the name of each.
  const told = useQuery({
    ...reading(activityList, { query: { targetId: value ?? '', pageSize: 1 } }),
    enabled: value !== undefined && held === undefined,
  });
  const name = value && (held ?? told.data?.items[0]?.target.label ?? `${value.slice(0, 8)}…`);
  return (
    <FilterPopover label={label} value={name} onClear={() => onChange(undefined)}>
      {(close) => (
        <PersonPicker
          label={label}
          onChange={(person) => {
            setPicked(person);
            onChange(person.id);
            close();
          }}
        />
      )}
    </FilterPopover>
  );
}

/** In which workspace. */
export function WorkspaceFilter(props: {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const workspace = useQuery({
    ...reading(workspacesRead, { params: { id: value ?? '' } }),
    enabled: value !== undefined,
  });
  return (
    <FilterPopover
      label="Workspace"
      value={value && (workspace.data?.name ?? `${value.slice(0, 8)}…`)}
      onClear={() => onChange(undefined)}
    >
      {(close) => (
        <WorkspacePicker
          label="Workspace"
          value={null}
          onChange={(chosen) => {
            onChange(chosen?.id);
            close();
          }}
        />
      )}
    </FilterPopover>
  );
}

/** From one day to another. */
export function TimeFilter(
  props: Pick<Filters, 'since' | 'until'> & { onChange: (change: Filters) => void },
) {
  const { since, until, onChange } = props;
  const words =
    since && until
      ? since === until
        ? since
        : `${since} to ${until}`
      : since
        ? `since ${since}`
        : until && `until ${until}`;
  return (
    <FilterPopover
      label="Time"
      value={words}
      onClear={() => onChange({ since: undefined, until: undefined })}
    >
      {() => (
        <div className="flex flex-col gap-3">
          <Field label="From">
            <Input
              type="date"
              value={since ?? ''}
              max={until}
              onChange={(event) => onChange({ since: event.target.value || undefined })}
            />
          </Field>
          <Field label="To">
            <Input
              type="date"
              value={until ?? ''}
              min={since}
              onChange={(event) => onChange({ until: event.target.value || undefined })}
            />
          </Field>
        </div>
      )}
    </FilterPopover>
  );
}
