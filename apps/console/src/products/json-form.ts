import type { FieldType } from '@castellan/contract';
import type { Draft, FormReading } from './drafts.ts';
import { parseDraft } from './drafts.ts';
import type { ValueField } from './values.ts';

/** One control of a custom action's form. */
export interface FormField extends ValueField {
  readonly help: string | undefined;
  readonly isRequired: boolean;
  /** The schema of this one value. */
  readonly schema: Schema;
}

/** As much of JSON Schema as forms are made of. */
export interface Schema {
  readonly type?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
  readonly properties?: unknown;
  readonly required?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
  readonly items?: unknown;
  readonly format?: unknown;
  readonly default?: unknown;
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly exclusiveMinimum?: unknown;
  readonly exclusiveMaximum?: unknown;
  readonly pattern?: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `refundReason` and `refund_reason` as "Refund reason". */
export function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The controls of a form that JSON Schema describes. What has no control of its own (nested objects, alternatives) is edited as
 * JSON. A schema that is no object with properties gives nothing: the whole payload is then edited as JSON.
 */
export function formFields(form: unknown): readonly FormField[] | undefined {
  if (!isObject(form) || !isObject(form.properties)) return undefined;
  const required = new Set(Array.isArray(form.required) ? form.required : []);
  return Object.entries(form.properties).map(([name, schema]) =>
    fieldOf(name, isObject(schema) ? schema : {}, required.has(name)),
  );
}

function fieldOf(name: string, given: Schema, isRequired: boolean): FormField {
  const { schema, isNullable } = withoutNull(given);
  const values = valuesOf(schema);
  const type = values ? 'enum' : typeOf(schema);
  const items = isObject(schema.items) ? (schema.items as Schema) : undefined;
  return {
    name,
    label: typeof given.title === 'string' ? given.title : wordsOf(name),
    help: typeof given.description === 'string' ? given.description : undefined,
    type,
    itemType: type === 'array' && items ? typeOf(items) : null,
    values,
    // What need not be given may be left empty.
    isNullable: isNullable || !isRequired,
    maxLength: typeof schema.maxLength === 'number' ? schema.maxLength : null,
    isRequired,
    schema,
  };
}

/** Takes `null` out of a type: it says that the control may be left empty. */
function withoutNull(schema: Schema): { schema: Schema; isNullable: boolean } {
  const options = Array.isArray(schema.anyOf)
    ? schema.anyOf
    : Array.isArray(schema.oneOf)
      ? schema.oneOf
      : undefined;
  if (options) {
    const others = options.filter((option) => !(isObject(option) && option.type === 'null'));
    if (others.length === 1 && others.length < options.length && isObject(others[0]))
      return { schema: others[0], isNullable: true };
  }
  if (Array.isArray(schema.type) && schema.type.length === 2 && schema.type.includes('null'))
    return { schema: { ...schema, type: schema.type.find((type) => type !== 'null') }, isNullable: true };
  return { schema, isNullable: false };
}

function valuesOf(schema: Schema): readonly string[] | null {
  const given = schema.const !== undefined ? [schema.const] : schema.enum;
  return Array.isArray(given) && given.length > 0 && given.every((value) => typeof value === 'string')
    ? given
    : null;
}

function typeOf(schema: Schema): FieldType {
  switch (schema.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return 'integer';
    case 'number':
      return 'float';
    case 'array':
      return 'array';
    case 'string':
      if (schema.format === 'date') return 'date';
      if (schema.format === 'date-time') return 'timestamp';
      if (schema.format === 'uuid') return 'uuid';
      return typeof schema.maxLength === 'number' && schema.maxLength <= 200 ? 'string' : 'text';
    default:
      return 'json';
  }
}

/** What a control begins with. */
export function defaultDraft(field: FormField): Draft {
  const { default: given } = field.schema;
  if (given === undefined || given === null) return null;
  return typeof given === 'object' ? JSON.stringify(given, null, 2) : String(given);
}

/** Reads a form of a custom action: what is wrong stands beside its field; what was left empty is not sent. */
export function readForm(fields: readonly FormField[], drafts: Readonly<Record<string, Draft>>): FormReading {
  const values: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const draft = drafts[field.name] === undefined ? defaultDraft(field) : drafts[field.name]!;
    const isEmpty = draft === null || draft.trim() === '';
    if (isEmpty) {
      if (field.isRequired && !field.isNullable)
        errors[field.name] =
          field.type === 'enum' || field.type === 'boolean' ? 'Choose one.' : 'Fill this in.';
      else if (field.isRequired) values[field.name] = null;
      continue;
    }
    const parsed = parseDraft(field, draft);
    const wrong = parsed.error ?? boundsError(field.schema, parsed.value);
    if (wrong !== undefined) errors[field.name] = wrong;
    else
      values[field.name] =
        field.type === 'timestamp' ? new Date(parsed.value as string).toISOString() : parsed.value;
  }
  return { values, errors };
}

function boundsError(schema: Schema, value: unknown): string | undefined {
  const { minLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, pattern } = schema;
  if (typeof value === 'string') {
    if (typeof minLength === 'number' && [...value].length < minLength)
      return `Use at least ${minLength} characters.`;
    if (typeof pattern === 'string' && !matches(pattern, value))
      return 'This does not have the form that is asked for.';
  }
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return `Write ${minimum} or more.`;
    if (typeof maximum === 'number' && value > maximum) return `Write ${maximum} or less.`;
    if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
      return `Write more than ${exclusiveMinimum}.`;
    if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
      return `Write less than ${exclusiveMaximum}.`;
  }
  return undefined;
}

/** A pattern that a browser can't read, or that is long enough to be slow, is left to the product. */
function matches(pattern: string, value: string): boolean {
  if (pattern.length > 200 || value.length > 1000) return true;
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}
