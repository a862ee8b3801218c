import { usersList } from '@castellan/contract';
import { Picker, type PickerOption } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';

/** Chooses a person by name or e-mail. */
export function PersonPicker({
  label,
  onChange,
}: {
  label: string;
  onChange: (person: PickerOption) => void;
}) {
  const [search, setSearch] = useState('');
  const { data } = useQuery({
    ...reading(usersList, { query: { search: search || undefined, sort: 'name', pageSize: 20 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Picker
      label={label}
      placeholder="Search by name or e-mail"
      nothing="Nobody matches"
      value={null}
      search={search}
      onSearch={setSearch}
      onChange={(person) => person && onChange(person)}
      options={data?.items.map(({ id, name, email }) => ({ id, label: name, hint: email }))}
    />
  );
}
