import type { ActivityEvent } from '@castellan/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { outcomeWords, type ProductChange, verbOf } from './product-change.ts';
import { ActorChain } from './target-name.tsx';
import { labelOf } from './words.ts';

const linkClasses = 'rounded-[4px] font-medium hover:underline';
const muted = (words: string) => <span className="text-muted">{words}</span>;

/** A change of a product's data as a sentence: who did what to which row of which product, and what became of it. */
export function ChangeLine(props: { actors: ActivityEvent['actors']; change: ProductChange }): ReactNode {
  const { actors, change } = props;
  const { verb, own } = verbOf(change);
  const outcome = outcomeWords(change);
  const isWrong = change.outcome === 'refused' || change.outcome === 'partly';
  return (
    <>
      <ActorChain actors={actors} />
      {muted(` ${verb} `)}
      {own && (
        <>
          <span className="font-medium">{labelOf(own)}</span>
          {muted(' on ')}
        </>
      )}
      <ChangedRows change={change} />
      {muted(' in ')}
      <ProductName product={change.product} />
      {outcome && (
        <span className={isWrong ? 'text-danger' : change.outcome === 'done' ? 'text-muted' : 'text-warning'}>
          {'. '}
          {outcome.charAt(0).toUpperCase() + outcome.slice(1)}
        </span>
      )}
    </>
  );
}

/** A product by its name, as a link to its data. */
export function ProductName({ product }: Pick<ProductChange, 'product'>) {
  if (!product.id) return <span className="font-medium">{product.name}</span>;
  return (
    <Link to="/products/$id" params={{ id: product.id }} className={linkClasses}>
      {product.name}
    </Link>
  );
}

/** The row by its key, several by their number, or the model; a link to them. */
function ChangedRows({ change }: { change: ProductChange }) {
  const { product, model, rows, rowIds, action } = change;
  const [row] = rowIds;
  if (rows === 1 && row !== undefined) return <RowLink change={change} row={row} />;
  const counted =
    rows > 1 ? `${rows.toLocaleString()} rows of ` : action === 'create' ? 'a row of ' : undefined;
  return (
    <>
      {counted}
      {product.id ? (
        <Link
          to="/products/$id/$model"
          params={{ id: product.id, model }}
          search={{}}
          className={linkClasses}
        >
          {labelOf(model)}
        </Link>
      ) : (
        <span className="font-medium">{labelOf(model)}</span>
      )}
    </>
  );
}

/** One row, as a link to it in the product's pages. */
export function RowLink({ change, row }: { change: ProductChange; row: string }) {
  const { product, model, rowIds, rowLabel } = change;
  const name = `${labelOf(model)} ${rowIds.length === 1 ? (rowLabel ?? row) : row}`;
  if (!product.id) return <span className="font-medium">{name}</span>;
  return (
    <Link
      to="/products/$id/$model"
      params={{ id: product.id, model }}
      search={{ row }}
      className={linkClasses}
    >
      {name}
    </Link>
  );
}

/** What stands beside the sentence: fields by name, and whether somebody else had said yes. */
export function contextOf({ fields, approvalId, why, outcome }: ProductChange): string | undefined {
  const shown = fields.slice(0, 6).map(labelOf).join(', ');
  const more = fields.length > 6 ? ` and ${fields.length - 6} more` : '';
  const parts = [why, shown && `${shown}${more}`, approvalId && outcome !== 'approval' && 'with an approval'];
  return parts.filter(Boolean).join(' · ') || undefined;
}

const outcomeNames: Readonly<Record<ProductChange['outcome'], string>> = {
  approval: 'Approval asked for',
  asked: 'Asked for',
  done: 'Done',
  partly: 'Done in part',
  refused: 'Refused',
  unknown: 'Not known',
  never_sent: 'Not sent',
  not_made: 'Not done',
};

/** What became of a change in a word, where the beginning of its sentence does not say so. */
export function outcomeName({ outcome }: ProductChange): string | undefined {
  return ['done', 'asked', 'approval'].includes(outcome) ? undefined : outcomeNames[outcome];
}

/** What was done or tried, in a word or two: "Edit", "Refund". */
export function actionName(change: ProductChange): string {
  const { own, verb } = verbOf({ ...change, outcome: 'asked' });
  return labelOf(own ?? verb.replace(/^asked to /, ''));
}

/** The facts of a change, for the event's panel. */
export function factsOf(change: ProductChange): readonly (readonly [string, ReactNode])[] {
  const { fields, rowIds, rows, failures, approvalId } = change;
  const words = outcomeWords(change);
  const name = outcomeNames[change.outcome];
  const codes = new Map(failures.map(({ row, code }) => [row, code]));
  // What went wrong is named even where it is not among the first.
  const shown = [...new Set([...rowIds, ...codes.keys()])];
  return [
    [
      'Outcome',
      change.why
        ? `${name}: ${change.why} (${change.code})`
        : words
          ? `${name}: ${words.replace(/^refused /, '')}`
          : name,
    ],
    ['Product', <ProductName key="product" product={change.product} />],
    ['Model', labelOf(change.model)],
    [
      rows > 1 ? `Rows (${rows.toLocaleString()})` : 'Row',
      shown.length > 0 ? (
        <span key="rows" className="flex flex-col items-start gap-0.5">
          {shown.map((row) => (
            <span key={row}>
              <RowLink change={change} row={row} />
              {codes.has(row) && <span className="text-danger"> not done: {codes.get(row)}</span>}
            </span>
          ))}
          {rows > shown.length && (
            <span className="text-muted">and {(rows - shown.length).toLocaleString()} more</span>
          )}
        </span>
      ) : undefined,
    ],
    ['Fields', fields.length > 0 ? fields.map(labelOf).join(', ') : undefined],
    ['Asked as', change.role],
    [
      'Approval',
      approvalId ? (
        <Link key="approval" to="/approvals" search={{ approval: approvalId }} className={linkClasses}>
          {change.outcome === 'approval' ? 'What became of it' : 'Approved by somebody else'}
        </Link>
      ) : undefined,
    ],
  ];
}
