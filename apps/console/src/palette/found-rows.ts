import type { AdminModel } from '@castellan/contract';
import { useQueries } from '@tanstack/react-query';
import { ask, idOf, ListAnswer, nameOf, type Row } from '../products/queries.ts';
import type { Found } from './found.ts';
import { createTurns } from './turns.ts';
import { useSettled } from './use-settled.ts';

/** A model that can be searched, and the product that it is of. */
export interface RowSource {
  readonly productId: string;
  readonly product: string;
  readonly model: AdminModel;
}

/** What was found in one model of one product. */
export interface FoundRows extends RowSource {
  readonly rows: readonly Found[];
  /** What was typed when it was asked. */
  readonly asked: string;
}

/** Products answer out of their own databases: they are asked once the fingers rest, and not for a single letter. */
const restMs = 300;
const leastLetters = 2;
/** Of each model: whoever wants more opens its list. */
const rowsOfModel = 4;
/** Models that are asked for one search, the products in their order. */
const modelsAsked = 40;
/** One product is asked for one model at a time, and a few products at once: a browser has six connections for all that it asks. */
const turns = createTurns({ atOnce: 4, deadlineMs: 2500, restMs: 60_000 });

/** The rows whose words begin with what was typed, by each product's own search. A product that does not answer is left out. */
export function useFoundRows(
  sources: readonly RowSource[],
  typed: string,
): { readonly groups: readonly FoundRows[]; readonly isSearching: boolean } {
  const search = useSettled(typed, restMs);
  const isLongEnough = search.length >= leastLetters;
  const asked = isLongEnough ? sources.slice(0, modelsAsked) : [];
  const answers = useQueries({ queries: asked.map((source) => rowsQuery(source, search)) });
  const groups = asked.flatMap((source, index): FoundRows[] => {
    const rows = answers[index]?.data;
    return rows && rows.length > 0 ? [{ ...source, rows, asked: search }] : [];
  });
  return {
    groups,
    isSearching:
      (sources.length > 0 && typed.length >= leastLetters && typed !== search) ||
      answers.some(({ isFetching }) => isFetching),
  };
}

function rowsQuery({ productId, model }: RowSource, search: string) {
  const fields = [...new Set([...model.key, model.labelField, ...model.searchFields])];
  const asking = (text: string, within: AbortSignal): Promise<ListAnswer> => {
    const payload = { search: text, fields, count: false };
    return ask(
      productId,
      { model: model.name, action: 'list', payload, limit: rowsOfModel },
      ListAnswer,
      within,
    );
  };
  const capitalized = capitalize(search);
  return {
    queryKey: ['palette rows', productId, model.name, search],
    queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<readonly Found[]> => {
      const answer = await turns.take(productId, signal, async (within) => {
        const asTyped = await asking(search, within);
        // Many databases tell letters by their case, and nobody types a name's first letter large when searching.
        return asTyped.items.length > 0 || capitalized === search ? asTyped : asking(capitalized, within);
      });
      return answer.items.map((row) => foundOf(model, row));
    },
    // Shown once and thrown away: the row itself is read anew where it is opened.
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  };
}

/** As names are written. */
const capitalize = (text: string): string =>
  text.replace(/(^|\s)(\p{Ll})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());

/** A row by its name, told from others of that name by what else it was searched by. */
function foundOf(model: AdminModel, row: Row): Found {
  const hint = model.searchFields
    .filter((field) => field !== model.labelField)
    .map((field) => row[field])
    .find((value) => typeof value === 'string' && value !== '');
  return { id: idOf(model, row), label: nameOf(model, row), hint: hint as string | undefined };
}
