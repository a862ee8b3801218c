import { hash } from 'node:crypto';
import type { AdministeredModel, Sort } from '../models/administered.ts';
import type { Filter, ListRequest } from './list-request.ts';
import { invalidCursor } from './refusals.ts';
import type { Sealer } from './sealer.ts';

/** A place in a sorted list, beside a row: what that row is sorted by, as the database's own texts. */
export interface Position {
  /** Which way to go from there. */
  readonly towards: 'next' | 'previous';
  /** The row itself is part of the page: where what lay beyond it is gone. */
  readonly isIncluded: boolean;
  readonly values: readonly (string | null)[];
}

/** What a cursor belongs to: this model, filter, search and sort. Another page size or other fields may go on with it. */
export function purposeOf(model: AdministeredModel, request: ListRequest, sort: readonly Sort[]): string {
  const text = JSON.stringify([
    model.name,
    request.filter === undefined ? null : shapeOf(request.filter),
    request.search ?? null,
    sort.map(({ field, direction }) => [field, direction]),
  ]);
  return hash('sha256', text, 'base64url');
}

/** Seals a place. */
export function sealPosition(sealer: Sealer, purpose: string, position: Position): string {
  const { towards, isIncluded, values } = position;
  return sealer.seal(purpose, JSON.stringify([towards, isIncluded, values]));
}

/** @throws IntentError `INVALID_CURSOR` */
export function openPosition(sealer: Sealer, purpose: string, cursor: string, length: number): Position {
  const text = sealer.open(purpose, cursor);
  if (text === undefined) throw invalidCursor();
  const [towards, isIncluded, values] = JSON.parse(text) as [Position['towards'], boolean, (string | null)[]];
  // Another release may have sorted by other columns.
  if (values.length !== length) throw invalidCursor();
  return { towards, isIncluded, values };
}

function shapeOf(filter: Filter): unknown {
  return filter.kind === 'condition'
    ? [filter.column.name, filter.operator, filter.values]
    : { [filter.kind]: filter.parts.map(shapeOf) };
}
