import type { AdminModel } from '@castellan/contract';
import { Picker, type PickerOption } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Draft, parseDraft } from './drafts.ts';
import type { Filter } from './filters.ts';
import { fieldNamed, listQuery, nameOf, type ProductPlace } from './queries.ts';

/** Follows a text 200 ms behind, so that each key is not a call. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 200);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export interface RelationPickerProps {
  readonly at: ProductPlace;
  /** The model to choose a row of. */
  readonly target: AdminModel;
  /** The field of it that becomes the value. */
  readonly targetField: string;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** Names the control where no Field stands around it. */
  readonly label?: string;
}

/** Chooses a row of another model by its name; where that model can't be searched, by its whole key. */
export function RelationPicker({ at, target, targetField, draft, onChange, label }: RelationPickerProps) {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const isSearched = target.searchFields.length > 0;
  const keyField = fieldNamed(target, targetField);
  // A key is asked for as its type travels; a text that is none finds nothing.
  const keyOf = (text: string) =>
    keyField ? parseDraft({ ...keyField, isNullable: false }, text).value : text;
  const byKey = (value: unknown): Filter => ({ field: targetField, op: 'eq', value });
  const heldKey = draft === null || draft === '' ? undefined : keyOf(draft);
  const typedKey = isSearched || !settled ? undefined : keyOf(settled);
  const fields = [
    ...new Set([...target.key, targetField, target.labelField, ...target.searchFields.slice(0, 3)]),
  ].filter((name) => fieldNamed(target, name)?.isRedacted === false);
  const found = useQuery({
    ...listQuery(at.id, {
      model: target.name,
      fields,
      limit: 20,
      ...(isSearched ? { search: settled } : typedKey === undefined ? {} : { filter: byKey(typedKey) }),
    }),
    placeholderData: keepPreviousData,
  });
  const held = useQuery({
    ...listQuery(at.id, { model: target.name, fields, limit: 1, filter: byKey(heldKey) }),
    enabled: heldKey !== undefined,
  });
  const optionOf = (row: Readonly<Record<string, unknown>>): PickerOption => {
    const key = String(row[targetField] ?? '');
    const name = nameOf(target, row);
    const hint = target.searchFields
      .map((field) => row[field])
      .find((value) => typeof value === 'string' && value !== name && value !== '');
    return {
      id: key,
      label: name,
      hint: name === key && !hint ? target.label : `${hint ? `${hint} · ` : ''}${key}`,
    };
  };
  const current = held.data?.items[0];
  return (
    <Picker
      {...(label && { label })}
      placeholder={
        isSearched ? `Search ${target.labelPlural.toLowerCase()}` : `${target.label}: its whole key`
      }
      nothing={isSearched ? 'Nothing begins with that' : 'Nothing has that key'}
      value={
        draft === null || draft === '' ? null : current ? optionOf(current) : { id: draft, label: draft }
      }
      search={search}
      onSearch={setSearch}
      onChange={(option) => onChange(option?.id ?? null)}
      options={found.error ? [] : found.data?.items.map(optionOf)}
    />
  );
}
