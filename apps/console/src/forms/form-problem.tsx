import { CallError } from '../api/call.ts';

/** What failed and belongs to no field, above the buttons of a form. */
export function FormProblem({ error }: { error: Error | undefined | null }) {
  if (!error) return null;
  return (
    <div
      role="alert"
      className="rounded-control border border-danger-border bg-danger-surface px-3 py-2 text-13 text-danger"
    >
      <p className="font-medium">{error.message}</p>
      {error instanceof CallError && (
        <p>
          {error.detail ?? error.fix}
          {error.correlationId && error.status >= 500 && ` Correlation id ${error.correlationId}.`}
        </p>
      )}
    </div>
  );
}
