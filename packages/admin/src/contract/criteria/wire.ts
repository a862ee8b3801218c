import type { AdminField, AdminModel } from '@castellan/contract';
import { CanNotJudge, type Criterion, criterion, must } from '../criterion.ts';
import type { Product } from '../product.ts';

const forms: Readonly<Record<string, RegExp>> = {
  date: /^-?\d{4,6}-\d\d-\d\d$/,
  datetime: /^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?$/,
  timestamp: /^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/,
};

/** Every value of every model that can be listed, with its field. */
async function* valuesOf(
  product: Product,
): AsyncGenerator<{ model: AdminModel; field: AdminField; value: unknown }> {
  for (const model of (await product.schema()).models.filter(({ actions }) => actions.list))
    for (const row of (await product.subject(model)).rows)
      for (const field of model.fields) if (!field.isRedacted) yield { model, field, value: row[field.name] };
}

async function mustHold(
  product: Product,
  types: ReadonlySet<string>,
  holds: (field: AdminField, value: unknown) => boolean,
): Promise<void> {
  let seen = 0;
  for await (const { model, field, value } of valuesOf(product)) {
    if (!types.has(field.type) || value === null || value === undefined) continue;
    seen += 1;
    must(holds(field, value), `${model.name}.${field.name} is ${JSON.stringify(value)}`);
  }
  if (seen === 0) throw new CanNotJudge(`no row has a value of ${[...types].join(' or ')}`);
}

/** How values travel. */
export const wireCriteria: readonly Criterion[] = [
  criterion(
    'wire.big_numbers',
    {
      proves: 'Big integers and decimals travel as texts, with every digit.',
      mend: 'Give `bigint` and `decimal` as texts.',
    },
    (product) =>
      mustHold(
        product,
        new Set(['bigint', 'decimal']),
        (_, value) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value),
      ),
  ),
  criterion(
    'wire.times',
    {
      proves: 'Dates have no time, times without zone no `Z`, instants a `Z`.',
      mend: 'Write times as docs/reference/admin-wire.md says.',
    },
    (product) =>
      mustHold(product, new Set(Object.keys(forms)), ({ type }, value) => forms[type]!.test(String(value))),
  ),
  criterion(
    'wire.nulls',
    {
      proves: 'A listed field without a value is `null`, never left out.',
      mend: 'Write every listed field of every row.',
    },
    async (product) => {
      for (const model of (await product.schema()).models.filter(({ actions }) => actions.list))
        for (const row of (await product.subject(model)).rows) {
          const absent = model.listFields.find((name) => !Object.hasOwn(row, name));
          must(absent === undefined, `a row of ${model.name} has no ${absent}`);
        }
    },
  ),
];
