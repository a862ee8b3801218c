import { servicesList } from '@castellan/contract';
import { FilterPopover, Picker } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';

/** Of which service, by its name. */
export function ServiceFilter(props: {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const [search, setSearch] = useState('');
  const { data } = useQuery({
    ...reading(servicesList, { query: { search: search || undefined, pageSize: 20 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <FilterPopover label="Service" value={value} onClear={() => onChange(undefined)}>
      {(close) => (
        <Picker
          label="Service"
          placeholder="Search services"
          nothing="No service matches"
          value={null}
          search={search}
          onSearch={setSearch}
          options={data?.items.map(({ name, description }) => ({
            id: name,
            label: name,
            ...(description && { hint: description }),
          }))}
          onChange={(chosen) => {
            onChange(chosen?.id);
            close();
          }}
        />
      )}
    </FilterPopover>
  );
}
