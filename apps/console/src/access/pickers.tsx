import {
  permissionsList,
  type ResourcePermissions,
  type ServiceAction,
  serviceActionsList,
  usersList,
  usersRead,
  workspacesRead,
} from '@castellan/contract';
import { Picker, type PickerOption } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { WorkspacePicker } from '../people/workspace-picker.tsx';

const shortened = (id: string) => `${id.slice(0, 8)}…`;

/** A person, held by id; the name is read where only the id is known. */
export function PersonChoice(props: {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const [search, setSearch] = useState('');
  const held = useQuery({
    ...reading(usersRead, { params: { id: value ?? '' } }),
    enabled: value !== undefined,
  });
  const found = useQuery({
    ...reading(usersList, { query: { search: search || undefined, sort: 'name', pageSize: 20 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Picker
      placeholder="Search by name or e-mail"
      nothing="Nobody matches"
      value={value === undefined ? null : { id: value, label: held.data?.name ?? shortened(value) }}
      search={search}
      onSearch={setSearch}
      onChange={(person) => onChange(person?.id)}
      options={found.data?.items.map(({ id, name, email }) => ({ id, label: name, hint: email }))}
    />
  );
}

/** A workspace, held by id. */
export function WorkspaceChoice(props: {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const held = useQuery({
    ...reading(workspacesRead, { params: { id: value ?? '' } }),
    enabled: value !== undefined,
  });
  return (
    <WorkspacePicker
      value={value === undefined ? null : { id: value, label: held.data?.name ?? shortened(value) }}
      onChange={(chosen) => onChange(chosen?.id)}
    />
  );
}

/** An action of any service, by name. */
export function ActionChoice(props: {
  value: string | undefined;
  onChange: (action: ServiceAction | undefined) => void;
}) {
  const { value, onChange } = props;
  const [search, setSearch] = useState('');
  const found = useQuery({
    ...reading(serviceActionsList, { query: { search: search || undefined, pageSize: 50 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Picker
      placeholder="Search actions, like orders:refund"
      nothing="No action matches"
      value={value === undefined ? null : { id: value, label: value }}
      search={search}
      onSearch={setSearch}
      onChange={(chosen) => onChange(found.data?.items.find(({ id }) => id === chosen?.id))}
      options={found.data?.items.map(
        ({ id, name, service, description }): PickerOption => ({
          id,
          label: name,
          hint: description ? `${service} · ${description}` : service,
        }),
      )}
    />
  );
}

/** A registered resource of any service, by the service's own id. */
export function ResourceChoice(props: {
  value: string | undefined;
  onChange: (resource: ResourcePermissions | undefined) => void;
}) {
  const { value, onChange } = props;
  const [search, setSearch] = useState('');
  const found = useQuery({
    ...reading(permissionsList, { query: { search: search || undefined, pageSize: 50 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Picker
      placeholder="Search by the beginning of its id"
      nothing="None is registered by this id: nobody may do anything to it"
      value={value === undefined ? null : { id: value, label: value }}
      search={search}
      onSearch={setSearch}
      onChange={(chosen) => onChange(found.data?.items.find(({ id }) => id === chosen?.id))}
      options={found.data?.items.map(({ id, resourceId, type, service, workspaceName }) => ({
        id,
        label: resourceId,
        hint: `${type} · ${service} · ${workspaceName}`,
      }))}
    />
  );
}
