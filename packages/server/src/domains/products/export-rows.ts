import {
  productExportLimit,
  type productsExport,
  type RouteBody,
  type SchemaDocument,
} from '@castellan/contract';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { refuseField } from '../../platform/refusal.ts';
import type { ListAnswer } from './answer-shapes.ts';
import { dataOf } from './ask-product.ts';
import type { ReachedProduct } from './find-products.ts';
import type { SentIntent } from './intent-kinds.ts';
import { keepableText, type ProductOutcome } from './product-outcome.ts';

const pageRows = 200;
/** The longest that an export may take. */
const exportTimeoutMs = 10 * 60_000;
const passedOn = ['filter', 'search', 'sort', 'fields'];

/** Where the rows of an export come from. */
export interface RowSource {
  readonly product: ReachedProduct;
  readonly document: SchemaDocument;
  /** Reads one page. The role of whoever exports is read again before each. */
  list(intent: SentIntent, signal: AbortSignal): Promise<ProductOutcome>;
  /** Tells of the export in the timeline, before its first row leaves. */
  begun(facts: Readonly<Record<string, unknown>>): Promise<void>;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * A filtered list as CSV, read page by page while the browser takes it, and no further once it goes. An export is whole or it breaks
 * off: a list that is too long is refused, and one that fails on the way ends the connection, so that half a file is never taken for all.
 * @throws Refusal `validation_failed`, and those of a call for the first page
 */
export async function exportRows(
  source: RowSource,
  { model: name, payload = {} }: RouteBody<typeof productsExport>,
): Promise<RawAnswer> {
  const model = source.document.models.find((candidate) => candidate.name === name);
  if (!model) throw refuseField('model', 'is no model of this product');
  const unknown = Object.keys(payload).find((key) => !passedOn.includes(key));
  if (unknown) throw refuseField(`payload.${unknown}`, 'is not a field of this request; remove it');
  const fields = payload.fields ?? model.listFields;
  if (!isFieldList(fields)) throw refuseField('payload.fields', 'name between 1 and 1,000 fields');
  const shown = new Set(model.fields.filter(({ isRedacted }) => !isRedacted).map((field) => field.name));
  if (!fields.every((field) => shown.has(field)))
    throw refuseField('payload.fields', 'name fields of the model that are not hidden');
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(exportTimeoutMs)]);
  const read = async (cursor: string | undefined): Promise<ListAnswer> => {
    const asked = cursor === undefined ? { count: true } : { cursor };
    const intent = {
      model: name,
      action: 'list',
      payload: { ...payload, fields, ...asked },
      limit: pageRows,
    };
    return dataOf(source.product, await source.list(intent, signal)) as ListAnswer;
  };
  const first = await read(undefined);
  const { total } = first;
  if (total && total.count > productExportLimit)
    throw refuseField(
      'payload.filter',
      `leaves ${total.is_estimate ? 'about ' : ''}${total.count} rows; an export takes ${productExportLimit}`,
    );
  await source.begun({
    model: keepableText(name, 100),
    fields: fields.slice(0, 100).map((field) => keepableText(field, 100)),
    filtered: payload.filter !== undefined || payload.search !== undefined,
    ...(total ? { rows: total.count } : {}),
  });
  const answer = csvAnswer(`${source.product.name}-${name}`.replace(/[^\w.-]/g, '_'), fields, rows(first));
  if (typeof answer.body === 'object' && 'once' in answer.body)
    answer.body.once('close', () => gone.abort(new Error('Nobody reads the export any more')));
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(total ? { 'x-total-count': String(total.count) } : {}),
      ...(total?.is_estimate ? { 'x-total-is-estimate': 'true' } : {}),
    },
  };

  async function* rows(page: ListAnswer): AsyncGenerator<(string | number | boolean | null)[][]> {
    let count = 0;
    for (let current = page; ; ) {
      count += current.items.length;
      if (count > productExportLimit) throw new Error('The list grew beyond what an export takes');
      yield current.items.map((row) => (fields as string[]).map((field) => cellOf(row, field)));
      const { next_cursor: cursor } = current;
      if (!cursor) return;
      // A product that gives empty pages with a cursor for ever would never end.
      if (current.items.length === 0)
        throw new Error('The product answered an empty page with more behind it');
      current = await read(cursor);
    }
  }
}

function isFieldList(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 1000 &&
    value.every((field) => typeof field === 'string' && field.length <= 200)
  );
}

/** A value as a cell: lists and objects as JSON. The writer of CSV takes care of what a spreadsheet would run. */
function cellOf(row: Row, field: string): string | number | boolean | null {
  const value = Object.hasOwn(row, field) ? row[field] : null;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return value === null || value === undefined ? null : JSON.stringify(value);
  }
}
