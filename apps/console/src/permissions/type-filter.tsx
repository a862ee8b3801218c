import { FilterPopover, Picker } from '@castellan/ui';
import { useState } from 'react';

/** Of which type; the types in sight are offered, any other can be typed. */
export function TypeFilter(props: {
  value: string | undefined;
  known: readonly string[];
  onChange: (value: string | undefined) => void;
}) {
  const { value, known, onChange } = props;
  const [search, setSearch] = useState('');
  const typed = search.trim();
  const offered = known.filter((type) => type.startsWith(typed));
  const options = typed && !offered.includes(typed) ? [...offered, typed] : offered;
  return (
    <FilterPopover label="Type" value={value} onClear={() => onChange(undefined)}>
      {(close) => (
        <Picker
          label="Type"
          placeholder="Type of resource, like order"
          nothing="Write the type, like order"
          value={null}
          search={search}
          onSearch={setSearch}
          options={options.map((type) => ({ id: type, label: type }))}
          onChange={(chosen) => {
            onChange(chosen?.id);
            close();
          }}
        />
      )}
    </FilterPopover>
  );
}
