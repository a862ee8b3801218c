import type { FilterOperator } from '@castellan/contract';
import { filterOperators } from '@castellan/contract';

/** One condition on one field, as it travels. */
export interface Condition {
  readonly field: string;
  readonly op: FilterOperator;
  readonly value?: unknown;
}

/** A filter as it travels: a condition, or groups of them. */
export type Filter = Condition | { readonly and: readonly Filter[] } | { readonly or: readonly Filter[] };

/** What the builder edits: items that must all (or any) hold; a group of several is joined the other way round. */
export interface FilterDraft {
  readonly match: 'all' | 'any';
  readonly items: readonly FilterItem[];
}

/** One chip: a group of conditions, mostly of one; or a tree that is deeper than the builder goes, kept as it is. */
export type FilterItem = readonly Condition[] | { readonly kept: Filter };

const deepest = 8;
const mostConditions = 100;

/**
 * Reads a filter out of an address bar or a saved view. What is no filter gives nothing; fields are checked where they are used.
 */
export function readFilter(value: unknown): Filter | undefined {
  let left = mostConditions;
  const read = (node: unknown, depth: number): Filter | undefined => {
    if (typeof node !== 'object' || node === null || depth > deepest) return undefined;
    const { and, or, field, op, value: given } = node as Record<string, unknown>;
    const group = Array.isArray(and) ? and : Array.isArray(or) ? or : undefined;
    if (group) {
      const parts = group.map((part) => read(part, depth + 1));
      if (parts.length === 0 || parts.some((part) => part === undefined)) return undefined;
      return Array.isArray(and) ? { and: parts as Filter[] } : { or: parts as Filter[] };
    }
    if (typeof field !== 'string' || !(filterOperators as readonly unknown[]).includes(op) || --left < 0)
      return undefined;
    return given === undefined
      ? { field, op: op as FilterOperator }
      : { field, op: op as FilterOperator, value: given };
  };
  return read(value, 0);
}

const isCondition = (filter: Filter): filter is Condition => 'field' in filter;
const partsOf = (filter: Filter): readonly Filter[] =>
  isCondition(filter) ? [filter] : 'and' in filter ? filter.and : filter.or;

/** A filter as the builder shows it. Every filter has a draft, and {@link filterOf} gives an equal filter back. */
export function draftOf(filter: Filter | undefined): FilterDraft {
  if (!filter) return { match: 'all', items: [] };
  const match = 'or' in filter ? 'any' : 'all';
  return {
    match,
    items: partsOf(filter).map((part) => {
      if (isCondition(part)) return [part];
      const joined = match === 'all' ? 'or' : 'and';
      const parts = partsOf(part);
      return joined in part && parts.every(isCondition) ? parts : { kept: part };
    }),
  };
}

/** What travels of a draft; nothing where it has no item. */
export function filterOf({ match, items }: FilterDraft): Filter | undefined {
  const parts = items.flatMap((item): Filter[] => {
    if ('kept' in item) return [item.kept];
    if (item.length === 0) return [];
    if (item.length === 1) return [item[0] as Condition];
    return [match === 'all' ? { or: item } : { and: item }];
  });
  if (parts.length === 0) return undefined;
  if (parts.length === 1) return parts[0];
  return match === 'all' ? { and: parts } : { or: parts };
}

/** Every field that a filter names, each once. */
export function fieldsOf(filter: Filter): ReadonlySet<string> {
  return new Set(
    isCondition(filter) ? [filter.field] : partsOf(filter).flatMap((part) => [...fieldsOf(part)]),
  );
}

/** Both filters at once. */
export function bothOf(one: Filter | undefined, other: Filter | undefined): Filter | undefined {
  return one && other ? { and: [one, other] } : (one ?? other);
}

const words: Readonly<Record<Exclude<FilterOperator, 'is_null'>, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is below',
  lte: 'is at most',
  gt: 'is above',
  gte: 'is at least',
  contains: 'contains',
  in: 'is one of',
};
const timeWords: Partial<Record<FilterOperator, string>> = {
  lt: 'is before',
  lte: 'is at or before',
  gt: 'is after',
  gte: 'is at or after',
};
const times = new Set(['date', 'time', 'datetime', 'timestamp']);

/** An operator in words: "is before" for times, "is below" for numbers; `is_null` reads "is empty" and "is not empty". */
export function operatorLabel(op: FilterOperator, type: string, value?: unknown): string {
  if (op === 'is_null') return value === false ? 'is not empty' : 'is empty';
  return (times.has(type) ? timeWords[op] : undefined) ?? words[op];
}
