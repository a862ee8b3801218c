import type { AdminField, AdminModel, FilterOperator } from '@castellan/contract';
import { CanNotJudge } from '../criterion.ts';
import { mustAccept, type Product, type Row, type Subject } from '../product.ts';

/** One page of a list. */
export interface Page {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
  readonly total: { readonly count: number; readonly is_estimate: boolean } | null;
  readonly labels: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Types whose values are numbers. */
export const numbers = new Set(['integer', 'bigint', 'decimal', 'float']);
/** Types whose values are times, in an order that their texts have. */
export const times = new Set(['date', 'datetime', 'timestamp', 'time']);

/** Lists a model. @throws `NotMet` when that is refused */
export async function list(
  product: Product,
  model: AdminModel,
  payload: unknown,
  limit = 100,
): Promise<Page> {
  return mustAccept<Page>(await product.send({ model: model.name, action: 'list', payload, limit }));
}

/** A field that can be asked by an operator, with a value that a row has, in a model whose rows are all known. */
export async function asked(product: Product, op: FilterOperator, fits: (field: AdminField) => boolean) {
  let field: AdminField | undefined;
  const suits = (subject: Subject) => (one: AdminField) =>
    one.operators.includes(op) && fits(one) && distinct(subject.rows, one.name).length >= 2;
  const subject = await product.find((one) => {
    if (!one.isAll) return false;
    field = one.model.fields.find(suits(one));
    return field !== undefined;
  });
  if (!subject || !field) throw new CanNotJudge(`no small model has a field with two values for ${op}`);
  const values = distinct(subject.rows, field.name);
  return { ...subject, field, value: values[Math.floor(values.length / 2)] as string | number | boolean };
}

/** The values that a field has in these rows, each once. */
export function distinct(rows: readonly Row[], name: string): readonly unknown[] {
  return [...new Set(rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined))];
}

/** The order of two wire values of one field, where it is the same in every database. */
export function compare(type: string, a: unknown, b: unknown): number {
  if (type === 'bigint') return Number(BigInt(String(a)) - BigInt(String(b)));
  if (numbers.has(type)) return Number(a) - Number(b);
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

/** Whether the order of its values is the same in every database. */
export const isOrdered = (field: AdminField): boolean => numbers.has(field.type) || times.has(field.type);
