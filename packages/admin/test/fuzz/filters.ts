import fc from 'fast-check';
import type { SentFilter } from '../query/reference.ts';

/** A field with the operators that it is asked by, and values to ask for. */
export interface Askable {
  readonly field: string;
  readonly ops: readonly string[];
  readonly value: fc.Arbitrary<unknown>;
}

/** Conditions that are right, alone and in groups of groups. */
export function rightFilters(fields: readonly Askable[]): fc.Arbitrary<SentFilter> {
  const condition = fc.oneof(...fields.map(conditionOf));
  const group = (part: fc.Arbitrary<SentFilter>): fc.Arbitrary<SentFilter> =>
    fc.oneof(
      { weight: 2, arbitrary: condition },
      fc.array(part, { maxLength: 3 }).map((and) => ({ and })),
      fc.array(part, { maxLength: 3 }).map((or) => ({ or })),
    );
  return group(group(group(condition)));
}

function conditionOf({ field, ops, value }: Askable): fc.Arbitrary<SentFilter> {
  return fc.constantFrom(...ops).chain((op): fc.Arbitrary<SentFilter> => {
    if (op === 'is_null') return fc.boolean().map((yes) => ({ field, op, value: yes }));
    if (op === 'in') return fc.array(value, { maxLength: 5 }).map((many) => ({ field, op, value: many }));
    return value.map((one) => ({ field, op, value: one }));
  });
}

/** Up to three of these fields, each in one direction. */
export function rightSorts(fields: readonly string[]) {
  return fc
    .uniqueArray(fc.constantFrom(...fields), { maxLength: 3 })
    .chain((some) =>
      fc.tuple(
        ...some.map((field) =>
          fc.constantFrom('asc' as const, 'desc' as const).map((direction) => ({ field, direction })),
        ),
      ),
    );
}
