import { z } from 'zod';
import { wire } from '../wire.ts';
import { operatorRoles } from './operator-roles.ts';

/** The version of the schema document that this platform reads and products of today write. */
export const schemaDocumentVersion = 1;

/** How a value travels and is edited. What an adapter does not know is `unknown`: shown as text, never written. */
export const fieldTypes = [
  'string',
  'text',
  'boolean',
  'integer',
  'bigint',
  'decimal',
  'float',
  'uuid',
  'enum',
  'date',
  'time',
  'datetime',
  'timestamp',
  'json',
  'bytes',
  'array',
  'unknown',
] as const;
/** One type of field. `datetime` has no zone, `timestamp` is an instant. */
export type FieldType = (typeof fieldTypes)[number];

/** The operators that a filter can have; each field lists those that make sense for it (A9). */
export const filterOperators = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'is_null'] as const;
/** One operator. */
export type FilterOperator = (typeof filterOperators)[number];

const label = z.string().max(200);
const fieldName = z.string().min(1).max(200);

/** One field of a model. A redacted field is named, so that nobody wonders where it went, and has nothing else. */
export const AdminField = wire({
  name: fieldName,
  label,
  type: z.enum(fieldTypes),
  /** Of an `array`. */
  itemType: z.enum(fieldTypes).nullable(),
  /** Of an `enum`. */
  values: z.array(z.string().max(500)).max(1000).nullable(),
  isNullable: z.boolean(),
  /** Part of the primary key. */
  isKey: z.boolean(),
  isRedacted: z.boolean(),
  /** Why it can't be written: `null` where it can. */
  readOnly: z.enum(['redacted', 'denied', 'generated', 'key', 'unknown_type']).nullable(),
  /** Whether a new row can be made without it. */
  isOptionalOnCreate: z.boolean(),
  /** Longest text, in characters. */
  maxLength: z.int().nullable(),
  operators: z.array(z.enum(filterOperators)),
  isSortable: z.boolean(),
  /** An index begins with it: filters and sorts by it stay fast however large the table is. */
  isIndexed: z.boolean(),
  /** The model that its value is a key of. */
  references: wire({ model: fieldName, field: fieldName }).nullable(),
});
export type AdminField = z.output<typeof AdminField>;

const jsonSchema = z.record(z.string(), z.json()).nullable();

/** One custom action of a model. */
export const AdminAction = wire({
  name: fieldName,
  label,
  description: z.string().max(1000),
  minRole: z.enum(operatorRoles),
  isReadOnly: z.boolean(),
  /** A second operator has to say yes. */
  needsApproval: z.boolean(),
  /** Needs a row: it is offered on rows and not on the list. */
  takesRow: z.boolean(),
  /** JSON Schema of its form, where the product's own schema could be read as one. */
  form: jsonSchema,
});
export type AdminAction = z.output<typeof AdminAction>;

/** What an action asks for: the least role, and whether a second operator has to say yes. */
const gate = wire({ minRole: z.enum(operatorRoles), needsApproval: z.boolean() });

/** One of the five usual actions, as far as the model has it. */
const usualAction = gate.nullable();

/** What doing something to many rows at once asks for where a document does not say it: documents were made before it could. */
export const usualBulkGate = { minRole: 'admin', needsApproval: false } as const satisfies z.output<
  typeof gate
>;

/** One model of a product, as an operator can reach it. */
export const AdminModel = wire({
  name: fieldName,
  label,
  labelPlural: label,
  /** The fields of the primary key, in its order. */
  key: z.array(fieldName).max(16),
  /** The field that names a row among others; the key where there is none. */
  labelField: fieldName,
  fields: z.array(AdminField).max(1000),
  listFields: z.array(fieldName).max(100),
  searchFields: z.array(fieldName).max(50),
  defaultSort: wire({ field: fieldName, direction: z.enum(['asc', 'desc']) }),
  actions: wire({
    list: usualAction,
    read: usualAction,
    create: usualAction,
    update: usualAction,
    delete: usualAction,
    /**
     * What `bulk_run` asks for, beside what is done to each row: left out where that is {@link usualBulkGate}, so that a
     * document without it is still read by everybody.
     */
    bulkRun: gate.optional(),
  }),
  customActions: z.array(AdminAction).max(200),
  /** Models whose rows refer to rows of this one. */
  referencedBy: z.array(wire({ model: fieldName, field: fieldName })).max(200),
});
export type AdminModel = z.output<typeof AdminModel>;

/** Everything that the console needs to know of a product's data (A12). */
export const SchemaDocument = wire({
  version: z.literal(schemaDocumentVersion),
  service: z.string().max(200),
  /** Changes whenever anything in the document does. */
  revision: z.string().max(100),
  models: z.array(AdminModel).max(500),
  /** Whether the product mints actor tokens (A15). */
  canImpersonate: z.boolean(),
});
export type SchemaDocument = z.output<typeof SchemaDocument>;
