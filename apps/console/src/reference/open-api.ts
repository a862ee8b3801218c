/** The parts of an OpenAPI 3.1 document that the reference shows. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}

export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly tags?: readonly string[];
  readonly servers?: readonly { readonly url: string }[];
  readonly 'x-permission'?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: { readonly content: ContentObject };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface ParameterObject {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: SchemaObject;
}

export interface ResponseObject {
  readonly description: string;
  readonly content?: ContentObject;
}

export type ContentObject = Readonly<Record<string, { readonly schema?: SchemaObject }>>;

export interface SchemaObject {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly required?: readonly string[];
  readonly items?: SchemaObject;
  readonly anyOf?: readonly SchemaObject[];
  readonly oneOf?: readonly SchemaObject[];
  readonly allOf?: readonly SchemaObject[];
  readonly additionalProperties?: boolean | SchemaObject;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** One operation with its place. */
export interface Operation extends OperationObject {
  readonly method: string;
  readonly path: string;
}

/** The operations by tag, in the order of the document. */
export function operationsByTag(document: OpenApiDocument): ReadonlyMap<string, readonly Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      const group = groups.get(tag) ?? [];
      group.push({ ...operation, method: method.toUpperCase(), path });
      groups.set(tag, group);
    }
  return groups;
}

// Whole numbers that JSON can hold are no limit worth saying.
const worthSaying = (limit: number | undefined): limit is number =>
  limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

/** A schema's type in a few words: "text (uuid)", "one of a, b", "list of objects". */
export function describeType(schema: SchemaObject): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? 'object';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(describeType))].join(' or ');
  if (schema.allOf) return schema.allOf.map(describeType).join(' and ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array') return schema.items ? `list of ${describeType(schema.items)}` : 'list';
  const name = schema.type === 'string' ? 'text' : ((schema.type as string | undefined) ?? 'anything');
  return schema.format ? `${name} (${schema.format})` : name;
}

/** A schema's limits in words. */
export function describeLimits(schema: SchemaObject): string {
  const limits: string[] = [];
  const { minLength, maxLength, minimum, maximum, minItems, maxItems } = schema;
  if (worthSaying(minLength) && minLength > 0)
    limits.push(minLength === 1 ? 'not empty' : `at least ${minLength} characters`);
  if (worthSaying(maxLength)) limits.push(`at most ${maxLength} characters`);
  if (worthSaying(minimum)) limits.push(`from ${minimum}`);
  if (worthSaying(maximum)) limits.push(`up to ${maximum}`);
  if (worthSaying(minItems)) limits.push(`at least ${minItems}`);
  if (worthSaying(maxItems)) limits.push(`at most ${maxItems}`);
  return limits.join(', ');
}

/** The object whose properties a reader wants to see: the schema itself, its items, or the branch of a union. */
export function objectIn(schema: SchemaObject | undefined): SchemaObject | undefined {
  if (!schema) return undefined;
  if (schema.properties) return schema;
  if (schema.items) return objectIn(schema.items);
  for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) {
    const found = objectIn(branch);
    if (found) return found;
  }
  return undefined;
}
