import type { AdminField, AdminModel } from '@castellan/contract';
import { CanNotJudge, type Criterion, criterion } from '../criterion.ts';
import { type Answer, idOf, type Product, type Row, type Send } from '../product.ts';

/** A row of the model that may be written to, and a text of it that is changed and put back. */
export interface Writable {
  readonly model: AdminModel;
  readonly id: string;
  readonly field: string;
  readonly before: string;
}

const preferred = /name|title|note|description|comment|reason|text|summary/i;

/** The row that may be changed. @throws `CanNotJudge` where there is none */
export async function writable(product: Product): Promise<Writable> {
  const fields = (model: AdminModel, row: Row): readonly AdminField[] =>
    model.fields
      .filter(
        (one) =>
          ['string', 'text'].includes(one.type) &&
          one.readOnly === null &&
          one.references === null &&
          typeof row[one.name] === 'string' &&
          (product.options.field === undefined || one.name === product.options.field) &&
          (one.maxLength ?? 1000) > String(row[one.name]).length + 3,
      )
      .toSorted((a, b) => Number(preferred.test(b.name)) - Number(preferred.test(a.name)));
  const wanted = product.options.model;
  for (const model of (await product.schema()).models) {
    if (wanted === undefined ? model.actions.update === null : model.name !== wanted) continue;
    const [first] = (await product.subject(model)).rows;
    if (!first) continue;
    const id = idOf(model, first);
    const { row } = await product.read(model, id);
    const field = fields(model, row)[0]?.name;
    if (field !== undefined) return { model, id, field, before: String(row[field]) };
  }
  throw new CanNotJudge(`${wanted ?? 'no model'} has no row with a text that can be changed`);
}

/** Updates one field, on the version that is there unless told otherwise. */
export async function update(
  product: Product,
  { model, id, field }: Writable,
  value: unknown,
  how: Send = {},
  version?: string,
) {
  const read = version ?? (await product.read(model, id)).version;
  return product.send(
    { model: model.name, action: 'update', id, payload: { values: { [field]: value }, version: read } },
    how,
  );
}

/** Changes the row, looks, and puts the text back whatever was seen. */
export async function changing(
  product: Product,
  look: (row: Writable, after: string, answer: Answer) => Promise<void>,
  how: Send = {},
): Promise<void> {
  const row = await writable(product);
  const after = `${row.before} ~`;
  try {
    await look(row, after, await update(product, row, after, how));
  } finally {
    const { row: now } = await product.read(row.model, row.id);
    if (now[row.field] !== row.before) await update(product, row, row.before);
  }
}

/** A criterion that changes one row and puts it back. */
export function changes(
  name: string,
  proves: string,
  mend: string,
  look: (product: Product, row: Writable, after: string, answer: Answer) => Promise<void>,
): Criterion {
  return criterion(name, { proves, mend, needsWrites: true }, (product) =>
    changing(product, (row, after, answer) => look(product, row, after, answer)),
  );
}
