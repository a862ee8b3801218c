import type { AdminModel, ProductIntent, SchemaDocument } from '@castellan/contract';
import type { ApprovedRow } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { rowsApprovedFor } from '../approvals/use-approval.ts';
import { type CallableProduct, dataOf, type IntentCaller, readFromProduct } from './ask-product.ts';
import { namedAction } from './intent-kinds.ts';
import type { ProductCalls } from './product-calls.ts';
import { isObject, keepableText, type ProductOutcome } from './product-outcome.ts';

/** Most rows of one approval: as many as a product changes at once. */
const mostRows = 500;
/** Most labels that are read for people to see; the rest is shown by id. */
const mostLabels = 200;

type Caller = Pick<IntentCaller, 'principal' | 'origin'>;
type Deps = { readonly database: Database; readonly calls: ProductCalls };

/** Rows as the call itself names them: `[{id, version}]` of many, or the one row with its version. */
function rowsOfIntent(intent: ProductIntent): Omit<ApprovedRow, 'label'>[] {
  const payload = isObject(intent.payload) ? intent.payload : {};
  const textOf = (value: unknown): string | undefined =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  if (Array.isArray(payload.rows)) {
    if (payload.rows.length > mostRows) throw refuseField('intent.payload.rows', `at most ${mostRows} rows`);
    return payload.rows.map((row: unknown) => {
      const id = isObject(row) ? textOf(row.id) : undefined;
      const version = isObject(row) ? textOf(row.version) : undefined;
      if (id === undefined || version === undefined)
        throw refuseField('intent.payload.rows', 'name the id and the version of each row');
      return { id, version };
    });
  }
  return intent.id === undefined ? [] : [{ id: String(intent.id), version: textOf(payload.version) ?? null }];
}

/** Whether the one row's version is the platform's to compare, since the call does not carry it. */
const isUnversioned = (rows: readonly Omit<ApprovedRow, 'label'>[]): boolean =>
  rows.length === 1 && rows[0]!.version === null;

/** Rows and words of a call that is to be approved; the version of a row that the call does not carry is read from the product. */
export async function describeApproval(
  deps: Deps,
  caller: Caller,
  product: CallableProduct,
  document: SchemaDocument,
  intent: ProductIntent,
): Promise<{ readonly rows: ApprovedRow[]; readonly summary: string }> {
  const model = document.models.find(({ name }) => name === intent.model);
  if (!model) throw refuseField('intent.model', 'is no model of this product');
  const rows = rowsOfIntent(intent);
  const current = isUnversioned(rows) ? await readVersion(deps, caller, product, model, intent) : undefined;
  const versioned = current ? [{ ...rows[0]!, version: current.version }] : rows;
  const labels = await readLabels(deps, caller, product, model, versioned);
  const labelled = versioned.map((row) => ({ ...row, label: labels.get(row.id) ?? null }));
  return { rows: labelled, summary: summaryOf(model, intent, labelled) };
}

/**
 * Refuses a call whose row is not the one that was approved. Versions that the call carries are the product's to check, in its own
 * transaction; those that it does not are compared here, just before.
 * @throws Refusal `approval_stale`
 */
export async function requireUnchanged(
  deps: Deps,
  caller: Caller,
  product: CallableProduct,
  intent: ProductIntent,
  approvalId: string,
): Promise<void> {
  if (!isUnversioned(rowsOfIntent(intent))) return;
  const rows = await rowsApprovedFor(deps.database.db, approvalId, {
    kind: 'product_intent',
    service: { id: product.serviceId, name: product.name },
    subject: { ...intent },
    userId: caller.principal.userId,
  });
  const approved = rows?.[0];
  if (!approved?.version) return; // There is no version to compare, or `useApproval` refuses the call.
  const outcome = await readFromProduct(deps, caller, product, readOf(intent));
  if (outcome.kind === 'refused' && outcome.code === 'NOT_FOUND') throw new Refusal('approval_stale');
  const { version } = dataOf(product, outcome) as { readonly version: string };
  if (version !== approved.version) throw new Refusal('approval_stale');
}

const readOf = ({ model, id }: ProductIntent): ProductIntent => ({ model, action: 'read', id });

async function readVersion(
  deps: Deps,
  caller: Caller,
  product: CallableProduct,
  model: AdminModel,
  intent: ProductIntent,
): Promise<{ readonly version: string } | undefined> {
  if (!model.actions.read) return undefined;
  const outcome = await readFromProduct(deps, caller, product, readOf(intent));
  // What brings a deleted row back finds none; the product compares it with the deletion itself.
  if (intent.command === 'undo' && outcome.kind === 'refused' && outcome.code === 'NOT_FOUND')
    return undefined;
  return dataOf(product, outcome) as { readonly version: string };
}

/** What the rows are called, in one call; where that fails they are shown by id. */
async function readLabels(
  deps: Deps,
  caller: Caller,
  product: CallableProduct,
  model: AdminModel,
  rows: readonly Omit<ApprovedRow, 'label'>[],
): Promise<ReadonlyMap<string, string>> {
  const [key, ...more] = model.key;
  if (key === undefined || more.length > 0 || rows.length === 0 || !model.actions.list) return new Map();
  const value = rows.slice(0, mostLabels).map(({ id }) => id);
  const numeric = ['integer'].includes(model.fields.find(({ name }) => name === key)?.type ?? '');
  const outcome: ProductOutcome = await readFromProduct(deps, caller, product, {
    model: model.name,
    action: 'list',
    payload: {
      filter: { field: key, op: 'in', value: numeric ? value.map(Number) : value },
      fields: [...new Set([key, model.labelField])],
    },
    limit: mostLabels,
  });
  if (outcome.kind !== 'answered') return new Map();
  const { items } = outcome.data as { readonly items: readonly Readonly<Record<string, unknown>>[] };
  return new Map(
    items.flatMap((item): [string, string][] => {
      const label = item[model.labelField];
      return typeof label === 'string' || typeof label === 'number'
        ? [[String(item[key]), keepableText(String(label), 200)]]
        : [];
    }),
  );
}

/** “Close 3 rows of Order”, “Refund Order A-17”. */
function summaryOf(model: AdminModel, intent: ProductIntent, rows: readonly ApprovedRow[]): string {
  const payload = isObject(intent.payload) ? intent.payload : {};
  const bulk =
    intent.command === 'bulk_run' && typeof payload.action === 'string' ? payload.action : undefined;
  const name = bulk ?? namedAction(intent);
  const words = model.customActions.find((action) => action.name === name)?.label ?? name;
  const verb = words.charAt(0).toUpperCase() + words.slice(1);
  const [row] = rows;
  const object =
    rows.length > 1
      ? `${rows.length} rows of ${model.label}`
      : row
        ? `${model.label} ${row.label ?? row.id}`
        : model.label;
  return keepableText(`${verb} ${object}`, 300);
}
