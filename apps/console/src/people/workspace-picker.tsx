import { workspacesAll } from '@castellan/contract';
import { Picker, type PickerOption } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';

export interface WorkspacePickerProps {
  readonly value: PickerOption | null;
  readonly onChange: (value: PickerOption | null) => void;
  readonly label?: string;
  /** Workspaces that are no choice here. */
  readonly without?: readonly string[];
}

/** Chooses a workspace by name or slug. */
export function WorkspacePicker({ value, onChange, label, without = [] }: WorkspacePickerProps) {
  const [search, setSearch] = useState('');
  const { data } = useQuery({
    ...reading(workspacesAll, { query: { search: search || undefined } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Picker
      value={value}
      onChange={onChange}
      {...(label ? { label } : {})}
      placeholder="Search by name or slug"
      nothing="No workspace matches"
      search={search}
      onSearch={setSearch}
      options={data?.items
        .filter(({ id }) => !without.includes(id))
        .slice(0, 50)
        .map(({ id, name, slug }) => ({ id, label: name, hint: slug }))}
    />
  );
}
