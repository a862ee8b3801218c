import {
  type AdminField,
  type AdminModel,
  type OperatorRole,
  productsIntent,
  productsList,
  productsSchema,
  type RouteBody,
  type SchemaDocument,
} from '@castellan/contract';
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { CallError, call } from '../api/call.ts';
import { reading } from '../api/queries.ts';
import type { Filter } from './filters.ts';

/** A product as its pages know it: what it says of itself, and what this operator may do there. */
export interface ProductPlace {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly document: SchemaDocument;
}

/** One model of a product. */
export interface ModelPlace extends ProductPlace {
  readonly model: AdminModel;
}

/** One row: values by field, as they travel. */
export type Row = Readonly<Record<string, unknown>>;
/** Labels of what relations point at: by field, then by key. */
export type Labels = Readonly<Record<string, Readonly<Record<string, string | null>>>>;
/** A call to a product's admin surface. */
export type Intent = RouteBody<typeof productsIntent>;

const Row = z.record(z.string(), z.unknown());
const Labels = z.record(z.string(), z.record(z.string(), z.string().nullable())).default({});
const Total = z
  .object({ count: z.number(), is_estimate: z.boolean() })
  .transform(({ count, is_estimate }) => ({ count, isEstimate: is_estimate }))
  .nullish();

/** What `list` answers. */
export const ListAnswer = z.object({
  items: z.array(Row),
  next_cursor: z.string().nullish(),
  previous_cursor: z.string().nullish(),
  total: Total,
  labels: Labels,
  notes: z.array(z.string()).default([]),
});
export type ListAnswer = z.output<typeof ListAnswer>;

/** What `read` answers. */
export const ReadAnswer = z.object({ row: Row, version: z.string(), labels: Labels });
export type ReadAnswer = z.output<typeof ReadAnswer>;

/** What `create` answers. */
export const CreateAnswer = z.object({ id: z.string() });

/** What `history` answers. */
export const HistoryAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      operator: z.object({ id: z.string(), email: z.string() }),
      action: z.string(),
      correlation_id: z.string().nullish(),
      changes: z.array(
        z.object({
          field: z.string(),
          before: z.unknown(),
          after: z.unknown(),
          is_redacted: z.boolean().default(false),
        }),
      ),
      can_undo: z.boolean(),
    }),
  ),
  next_cursor: z.string().nullish(),
});
export type HistoryEntry = z.output<typeof HistoryAnswer>['items'][number];

/** What `bulk_preview` answers: the rows that a bulk action would be bound to. */
export const PreviewAnswer = z.object({
  rows: z.array(z.object({ id: z.string(), version: z.string(), label: z.string().nullish() })),
  count: z.number(),
});
export type PreviewAnswer = z.output<typeof PreviewAnswer>;

/** What `bulk_run` answers. */
export const BulkAnswer = z.object({
  done: z.array(z.unknown()),
  failed: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
});
export type BulkAnswer = z.output<typeof BulkAnswer>;

/**
 * Reads what a product answered.
 *
 * @throws CallError `product_nonsense` where it is not what the action answers
 */
export function readAnswer<T>(schema: z.ZodType<T>, data: unknown, correlationId?: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.') || 'the answer';
  throw new CallError({
    code: 'product_nonsense',
    title: 'The product gave an answer that can not be understood',
    status: 502,
    fix: `Its library may be out of date: ${at} is not what was expected.`,
    correlationId,
  });
}

/** Calls a product and reads its answer. */
export async function ask<T>(
  productId: string,
  intent: Intent,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { data, correlationId } = await call(
    productsIntent,
    { params: { id: productId }, body: intent },
    signal,
  );
  return readAnswer(schema, data, correlationId);
}

// A product that is down says so at once; only a connection that was lost on the way here is tried again.
const retry = (failures: number, error: Error) =>
  failures < 1 && error instanceof CallError && error.code === 'unreachable';

/** The products that this operator may reach. */
export const productsQuery = { ...reading(productsList, {}), staleTime: 60_000 };

/** What a product says of itself. */
export const schemaQuery = (id: string) => ({
  ...reading(productsSchema, { params: { id } }),
  staleTime: 60_000,
  retry,
});

/** A question to a product, held like every other answer. */
export function asking<T>(productId: string, intent: Intent, schema: z.ZodType<T>) {
  return queryOptions({
    queryKey: [productsIntent.id, 'asked', productId, intent],
    queryFn: ({ signal }) => ask(productId, intent, schema, signal),
    retry,
  });
}

/** What a list is asked for. */
export interface ListQuestion {
  readonly model: string;
  readonly filter?: Filter | undefined;
  readonly search?: string | undefined;
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
  readonly cursor?: string | undefined;
  readonly count?: boolean;
  readonly fields?: readonly string[];
  readonly limit: number;
}

/** One page of a list. */
export function listQuery(productId: string, question: ListQuestion) {
  const { model, limit, sort, search, ...rest } = question;
  const payload = Object.fromEntries(
    Object.entries({ ...rest, search: search || undefined, sort: sort && [sort] }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return asking(productId, { model, action: 'list', payload, limit }, ListAnswer);
}

/** One row with its version. */
export const rowQuery = (productId: string, model: string, id: string) =>
  asking(productId, { model, action: 'read', id }, ReadAnswer);

/** The id of a row: its key, or the keys of a composite one as a JSON list of texts. */
export function idOf(model: AdminModel, row: Row): string {
  const texts = model.key.map((field) => String(row[field] ?? ''));
  return texts.length === 1 ? (texts[0] as string) : JSON.stringify(texts);
}

/** What names a row among others: its label, else its key. A number alone names nothing: “Order 1001”. */
export function nameOf(model: AdminModel, row: Row): string {
  const label = row[model.labelField];
  if (typeof label === 'number') return `${model.label} ${label}`;
  return label === null || label === undefined || label === ''
    ? model.key.map((field) => String(row[field] ?? '')).join(' · ')
    : String(label);
}

/** A field by its name. */
export const fieldNamed = (model: AdminModel, name: string): AdminField | undefined =>
  model.fields.find((field) => field.name === name);

/** The model by its name. */
export const modelNamed = (document: SchemaDocument, name: string): AdminModel | undefined =>
  document.models.find((model) => model.name === name);
