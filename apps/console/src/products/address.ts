import type { AdminModel } from '@castellan/contract';
import { type Filter, fieldsOf, readFilter } from './filters.ts';
import { shownFields } from './rights.ts';

/** What a list page's address holds, as it came: anything. */
export interface ListAddress {
  readonly search?: string | undefined;
  readonly filter?: unknown;
  /** `name` or `-name`. */
  readonly sort?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly cursor?: string | undefined;
}

/** What of an address this model has: a link that is older than the product's model still opens. */
export interface ListState {
  readonly search: string | undefined;
  readonly filter: Filter | undefined;
  readonly sort: { readonly field: string; readonly direction: 'asc' | 'desc' };
  readonly columns: readonly string[];
  readonly cursor: string | undefined;
  /** What the address asks for and the model does not have. */
  readonly unknown: readonly string[];
}

/** Reads a list's address against the model. */
export function readAddress(model: AdminModel, address: ListAddress): ListState {
  const fields = new Map(shownFields(model).map((field) => [field.name, field]));
  const unknown: string[] = [];
  const has = (name: string) => {
    if (fields.has(name)) return true;
    unknown.push(name);
    return false;
  };
  const given = readFilter(address.filter);
  const filter = given && [...fieldsOf(given)].every(has) ? given : undefined;
  const sorted = address.sort?.replace(/^-/, '');
  const sort =
    address.sort && sorted && fields.get(sorted)?.isSortable
      ? ({ field: sorted, direction: address.sort.startsWith('-') ? 'desc' : 'asc' } as const)
      : model.defaultSort;
  const columns = address.columns?.filter(has);
  return {
    search: model.searchFields.length > 0 ? address.search : undefined,
    filter,
    sort,
    columns: columns?.length ? [...new Set(columns)] : model.listFields.filter((name) => fields.has(name)),
    cursor: address.cursor,
    unknown: [...new Set(unknown)],
  };
}

/** A sort as the table and the address have it. */
export const sortText = ({ field, direction }: ListState['sort']): string =>
  direction === 'desc' ? `-${field}` : field;

/** What is asked of the product for a list: the columns that are shown, the key and the name of each row. */
export function askedFields(model: AdminModel, columns: readonly string[]): readonly string[] {
  const shown = new Set(shownFields(model).map(({ name }) => name));
  return [...new Set([...columns, ...model.key, model.labelField])].filter((name) => shown.has(name)).sort();
}
