import { IntentError } from './errors.ts';

/**
 * What Zod, Valibot, ArkType and others have in common (Standard Schema 1): enough to check a value and to know its type.
 * The interface is made to be copied, so that nobody needs a package for it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** JSON Schema of what is taken, where the library can tell it (Standard JSON Schema 1). */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown> }
      | undefined;
  };
}

/** What checking gives: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** `address.street` for a path into a value; empty for the value itself. */
export function fieldOf({ path = [] }: SchemaIssue): string {
  return path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
}

/** A payload as its schema gives it. @throws IntentError `VALIDATION_FAILED` */
export async function checkPayload(schema: StandardSchema | undefined, value: unknown): Promise<unknown> {
  if (!schema) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw new IntentError('VALIDATION_FAILED', undefined, {
    fields: result.issues.map((issue) => {
      const field = fieldOf(issue);
      return { field: field === '' ? 'payload' : `payload.${field}`, message: issue.message };
    }),
  });
}

/** What a handler gives and its own schema does not know is a mistake of the product, and never leaves it. */
export async function checkResult(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw new Error(`The result is not what its schema says: ${result.issues.map(fieldOf).join(', ')}`);
}
