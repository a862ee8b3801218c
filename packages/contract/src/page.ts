import { z } from 'zod';
import { freeText, queryInteger, wire } from './wire.ts';

/** What every list takes. `cursor` continues where the list before ended; `page` jumps (1-based) and suits small lists. */
export const listQuery = {
  search: freeText(200).optional(),
  page: queryInteger(1, 10_000).optional(),
  pageSize: queryInteger(1, 200).optional(),
  cursor: z.string().max(1000).optional(),
};

/** One page of a list. `total` is absent beyond the first page of a cursor walk, and marked where it is an estimate. */
export function pageOf<T extends z.ZodType>(item: T) {
  return wire({
    items: z.array(item),
    total: z.int().optional(),
    totalIsEstimate: z.boolean().optional(),
    page: z.int().optional(),
    pageSize: z.int(),
    nextCursor: z.string().optional(),
  });
}

/** One page of a list, as code works with it; `nextCursor` is absent on the last page. */
export interface Page<T> {
  readonly items: T[];
  readonly total?: number | undefined;
  readonly totalIsEstimate?: boolean | undefined;
  readonly page?: number | undefined;
  readonly pageSize: number;
  readonly nextCursor?: string | undefined;
}
