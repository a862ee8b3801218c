import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type ProductPlace, productsQuery, schemaQuery } from './queries.ts';

/** A product with what it says of itself; while that is on its way, its name alone. */
export function useProduct(id: string): {
  readonly name: string;
  readonly place: ProductPlace | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
} {
  const products = useQuery(productsQuery);
  const schema = useQuery(schemaQuery(id));
  const known = products.data?.items.find(({ serviceId }) => serviceId === id);
  const name = known?.name ?? schema.data?.document.service ?? 'Product';
  const place = useMemo(
    () => schema.data && { id, name, role: schema.data.role, document: schema.data.document },
    [id, name, schema.data],
  );
  return {
    name,
    place,
    error: schema.data ? null : schema.error,
    retry: () => void schema.refetch(),
  };
}
