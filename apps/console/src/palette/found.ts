import {
  castellanProductId,
  productsList,
  productsSchema,
  servicesList,
  usersList,
  workspacesList,
} from '@castellan/contract';
import { useQueries, useQuery } from '@tanstack/react-query';
import { reading } from '../api/queries.ts';
import type { Me } from '../api/reach.ts';
import { may } from '../products/rights.ts';
import { type FoundRows, type RowSource, useFoundRows } from './found-rows.ts';
import { useSettled } from './use-settled.ts';

const debounceMs = 150;
/** Of each kind: the palette is for what one can name, lists are for looking. */
const shownOfKind = 6;
/** Products whose models are searched; a house has tens. */
const productsRead = 30;

/** One thing that the server knows. */
export interface Found {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** A model of a product. */
export interface FoundModel extends Found {
  readonly productId: string;
  readonly model: string;
}

export interface Everything {
  readonly people: readonly Found[];
  readonly workspaces: readonly Found[];
  readonly services: readonly Found[];
  readonly products: readonly Found[];
  readonly models: readonly FoundModel[];
  readonly rows: readonly FoundRows[];
  readonly isSearching: boolean;
}

/** Looks for what was typed wherever this operator may look. A source that fails is left out: the others still answer. */
export function useFound(me: Me, typed: string): Everything {
  const search = useSettled(typed.trim(), debounceMs);
  const asks = me.admin && search !== '';
  const query = { search, pageSize: shownOfKind };
  const people = useQuery({ ...reading(usersList, { query: { ...query, sort: 'name' } }), enabled: asks });
  const workspaces = useQuery({
    ...reading(workspacesList, { query: { ...query, sort: 'name' } }),
    enabled: asks,
  });
  const services = useQuery({ ...reading(servicesList, { query }), enabled: asks });
  const products = useQuery({ ...reading(productsList, {}), staleTime: 60_000, retry: false });
  const ready = (products.data?.items ?? []).filter(({ state }) => state === 'ready').slice(0, productsRead);
  const schemas = useQueries({
    queries: ready.map(({ serviceId }) => ({
      ...reading(productsSchema, { params: { id: serviceId } }),
      staleTime: 60_000,
      retry: false,
    })),
  });
  const rows = useFoundRows(
    ready.flatMap(({ serviceId, name }, index): RowSource[] => {
      const schema = schemas[index]?.data;
      // People, workspaces and services are looked for already, and further than a product's search goes.
      if (!schema || serviceId === castellanProductId) return [];
      return schema.document.models
        .filter(
          (model) =>
            model.searchFields.length > 0 &&
            may(model, schema.role, 'list') &&
            may(model, schema.role, 'read'),
        )
        .map((model) => ({ productId: serviceId, product: name, model }));
    }),
    typed.trim(),
  );
  return {
    people: people.data?.items.map(({ id, name, email }) => ({ id, label: name, hint: email })) ?? [],
    workspaces: workspaces.data?.items.map(({ id, name, slug }) => ({ id, label: name, hint: slug })) ?? [],
    services:
      services.data?.items.map(({ id, name, description }) => ({
        id,
        label: name,
        hint: description || undefined,
      })) ?? [],
    products: ready.map(({ serviceId, name }) => ({ id: serviceId, label: name })),
    models: ready.flatMap(({ serviceId, name: product }, index) => {
      const schema = schemas[index]?.data;
      return (schema?.document.models ?? [])
        .filter((model) => may(model, schema!.role, 'list'))
        .map(({ name, labelPlural }) => ({
          id: `${serviceId}-${name}`,
          label: labelPlural,
          hint: product,
          productId: serviceId,
          model: name,
        }));
    }),
    rows: rows.groups,
    isSearching:
      rows.isSearching ||
      (me.admin && typed.trim() !== search) ||
      people.isFetching ||
      workspaces.isFetching ||
      services.isFetching ||
      products.isLoading ||
      schemas.some(({ isLoading }) => isLoading),
  };
}
