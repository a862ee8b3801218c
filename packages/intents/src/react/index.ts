import {
  type UseMutationOptions,
  type UseMutationResult,
  type UseQueryOptions,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { CallOptions, IntentCall, IntentCallError } from '../client.ts';

// biome-ignore lint/suspicious/noExplicitAny: an action's own arguments and result, whatever they are
type AnyCall = IntentCall & ((options?: any) => Promise<any>);
type ResultOf<C extends AnyCall> = Awaited<ReturnType<C>>;
type OptionsOf<C extends AnyCall> = Exclude<Parameters<C>[0], undefined>;

/** Of what is kept of a model: to read it again, or to put something in its place. */
export function intentKey(
  call: IntentCall,
  options?: Omit<CallOptions, 'signal'> & { readonly payload?: unknown },
) {
  return options === undefined
    ? (['intent', call.model, call.action] as const)
    : (['intent', call.model, call.action, options] as const);
}

/**
 * Reads by an intent, through TanStack Query: kept under its model, action and options, ended when nobody looks any more.
 *
 * @example
 * const todos = useIntentQuery(client.Todo.list, { limit: 20 });
 */
export function useIntentQuery<C extends AnyCall>(
  call: C,
  options?: Omit<OptionsOf<C>, 'signal'>,
  query?: Omit<UseQueryOptions<ResultOf<C>, IntentCallError>, 'queryKey' | 'queryFn'>,
): UseQueryResult<ResultOf<C>, IntentCallError> {
  return useQuery<ResultOf<C>, IntentCallError>({
    ...query,
    queryKey: intentKey(call, options ?? {}),
    queryFn: ({ signal }) => call({ ...options, signal }),
  });
}

/**
 * Changes by an intent. Whatever was read of the same model is read again afterwards.
 *
 * @example
 * const create = useIntentMutation(client.Todo.create);
 * create.mutate({ payload: { title: 'Write it down' } });
 */
export function useIntentMutation<C extends AnyCall>(
  call: C,
  mutation?: Omit<UseMutationOptions<ResultOf<C>, IntentCallError, OptionsOf<C>>, 'mutationFn'>,
): UseMutationResult<ResultOf<C>, IntentCallError, OptionsOf<C>> {
  const client = useQueryClient();
  return useMutation<ResultOf<C>, IntentCallError, OptionsOf<C>>({
    ...mutation,
    mutationFn: (options) => call(options),
    onSettled: async (...settled) => {
      await client.invalidateQueries({ queryKey: ['intent', call.model] });
      await mutation?.onSettled?.(...settled);
    },
  });
}
