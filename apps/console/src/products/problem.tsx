import { productFailure } from './failure.ts';

/** What a product refused, above the buttons of a form, with the id to quote. */
export function Problem({ error, product }: { error: unknown; product: string }) {
  if (!error) return null;
  const { title, fix, correlationId } = productFailure(error, product);
  return (
    <div
      role="alert"
      className="rounded-control border border-danger-border bg-danger-surface px-3 py-2 text-13 text-danger"
    >
      <p className="font-medium">{title}</p>
      {fix && <p className="break-words">{fix}</p>}
      {correlationId && <p className="mt-1 font-mono text-12">{correlationId}</p>}
    </div>
  );
}
