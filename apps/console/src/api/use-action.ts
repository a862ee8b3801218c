import type { RouteDefinition, RouteResult } from '@castellan/contract';
import { type ToastMessage, toast } from '@castellan/ui';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { CallError, type CallInput, call } from './call.ts';
import { afterWrite, type RowPatch } from './queries.ts';

export interface ActionOptions<R extends RouteDefinition> {
  /** What the toast says when it is done. */
  readonly done?: (result: RouteResult<R>, input: CallInput<R>) => ToastMessage;
  /** Changes listed rows in place of asking a long list again. */
  readonly patchRows?: (input: CallInput<R>) => RowPatch;
  /** Runs before anything is asked again; a page that shows what was deleted leaves here. */
  readonly onDone?: (result: RouteResult<R>) => Promise<void> | void;
  /** The caller shows the error itself, beside a field or in a dialog. */
  readonly showsErrors?: boolean;
}

/** A writing route as a button or form uses it: pending state, toast, fresh lists, one idempotency key per try. */
export function useAction<R extends RouteDefinition>(route: R, options: ActionOptions<R> = {}) {
  // A retry of the same input after a lost answer has the same key; a success ends it.
  const key = useRef<string | undefined>(undefined);
  return useMutation({
    mutationKey: [route.id],
    mutationFn: (input: CallInput<R>) => {
      if (!route.idempotent) return call(route, input);
      key.current ??= crypto.randomUUID();
      return call(route, { ...input, idempotencyKey: key.current });
    },
    onSuccess: async (result, input) => {
      key.current = undefined;
      if (options.done) toast(options.done(result, input));
      await options.onDone?.(result);
      await afterWrite(options.patchRows?.(input));
    },
    onError: (error) => {
      // A refusal was an answer: the corrected input is another request.
      if (error instanceof CallError && error.status > 0 && error.status < 500) key.current = undefined;
      if (!options.showsErrors) toast(failureToast(error));
    },
  });
}

/** An error as a toast. */
export function failureToast(error: Error): ToastMessage {
  if (!(error instanceof CallError))
    return { failed: true, title: 'That did not work', detail: 'Try again.' };
  const id = error.correlationId ? ` Correlation id ${error.correlationId}.` : '';
  return { failed: true, title: error.message, detail: `${error.detail ?? error.fix}${id}` };
}
