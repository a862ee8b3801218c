import type { RouteDefinition } from '@castellan/contract';
import { type DefaultValues, type FieldErrors, type FieldValues, type Path, useForm } from 'react-hook-form';
import { z } from 'zod';
import { CallError, type CallInput } from '../api/call.ts';
import { type ActionOptions, useAction } from '../api/use-action.ts';

export interface RouteFormOptions<R extends RouteDefinition, V extends FieldValues> extends ActionOptions<R> {
  readonly values: V;
  /** The call that these values make; texts arrive trimmed. */
  readonly toInput: (values: V) => CallInput<R>;
}

/**
 * A form that writes through one route. The contract's schema checks the values before they are sent,
 * the server's field errors stand beside the same fields, and the first one gets the focus.
 */
export function useRouteForm<R extends RouteDefinition, V extends FieldValues>(
  route: R,
  options: RouteFormOptions<R, V>,
) {
  const form = useForm<V>({
    defaultValues: options.values as DefaultValues<V>,
    resolver: (values) => {
      const errors = schemaErrors(route, options.toInput(trimmed(values)) as { readonly body?: unknown });
      return Object.keys(errors).length > 0
        ? { values: {}, errors: errors as FieldErrors<V> }
        : { values: trimmed(values), errors: {} };
    },
  });
  const action = useAction(route, { ...options, showsErrors: true });
  const placed = action.error instanceof CallError && action.error.fields.length > 0;
  return {
    form,
    busy: action.isPending,
    /** What failed and belongs to no field. */
    problem: action.error && !placed ? action.error : undefined,
    submit: form.handleSubmit((values) =>
      action.mutateAsync(options.toInput(values as V)).catch((error: unknown) => {
        if (!(error instanceof CallError)) return;
        for (const [index, { field, message }] of error.fields.entries())
          form.setError(
            toCamel(field) as Path<V>,
            { message: sentence(message) },
            { shouldFocus: index === 0 },
          );
      }),
    ),
    error: (name: Path<V>): string | undefined => {
      const held = form.formState.errors[name];
      return typeof held?.message === 'string' ? held.message : undefined;
    },
  };
}

const toCamel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function trimmed<V extends FieldValues>(values: V): V {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' && !name.toLowerCase().includes('password') ? value.trim() : value,
    ]),
  ) as V;
}

function schemaErrors(route: RouteDefinition, input: { readonly body?: unknown }): Record<string, object> {
  if (!route.body) return {};
  const result = z.safeEncode(route.body, input.body as never);
  const errors: Record<string, object> = {};
  for (const issue of result.error?.issues ?? []) {
    const name = toCamel(String(issue.path[0] ?? 'root'));
    errors[name] ??= { type: 'schema', message: issueText(issue) };
  }
  return errors;
}

/** What is wrong, in words that say how to mend it. */
function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') {
    const least = Number(issue.minimum);
    return least <= 1 ? 'Fill this in.' : `Use at least ${least} characters.`;
  }
  if (issue.code === 'too_big') return `Use at most ${issue.maximum} characters.`;
  if (issue.code === 'invalid_format' && issue.format === 'email')
    return 'Write a whole e-mail address, like ada@example.com.';
  if (issue.code === 'invalid_type') return 'Fill this in.';
  return sentence(issue.message);
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
