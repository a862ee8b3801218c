import { type OperatorRole, schemaDocumentVersion } from '@castellan/contract';

/** A field of the test product: as in a schema document, with what most fields have left out. */
export interface TestField {
  readonly name: string;
  readonly type: string;
  readonly [more: string]: unknown;
}
/** A model of the test product, and its table. */
export interface TestModel {
  readonly name: string;
  readonly labelPlural: string;
  readonly key: readonly string[];
  readonly labelField: string;
  readonly fields: readonly TestField[];
  readonly listFields: readonly string[];
  readonly searchFields?: readonly string[];
  readonly sort: string;
  readonly referencedBy?: readonly { model: string; field: string }[];
  readonly actions?: Partial<Record<string, string | null>>;
  readonly customActions?: readonly Readonly<Record<string, unknown>>[];
  /** A second operator has to approve whatever is done to many rows at once. */
  readonly bulkNeedsApproval?: boolean;
}

/** Types that SQLite holds as JSON. */
export const structured: ReadonlySet<string> = new Set(['json', 'array']);
/** The least role of each usual action. */
export const usualRoles = {
  read: 'support',
  list: 'support',
  create: 'admin',
  update: 'admin',
  delete: 'owner',
} as const satisfies Record<string, OperatorRole>;

/** `placedAt` in words: “Placed at”. */
export const words = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/^./, (letter) => letter.toUpperCase());

/** What the product says of itself, as it travels. */
export const documentOf = (service: string, models: readonly TestModel[], canImpersonate: boolean) => ({
  version: schemaDocumentVersion as number,
  service,
  revision: 'test',
  can_impersonate: canImpersonate,
  models: models.map(describeModel),
});

const operatorsOf = (type: string, isNullable: boolean): readonly string[] => {
  const empty = isNullable ? ['is_null'] : [];
  if (['json', 'bytes', 'array', 'unknown'].includes(type)) return empty;
  if (type === 'boolean') return ['eq', 'ne', ...empty];
  if (type === 'enum' || type === 'uuid') return ['eq', 'ne', 'in', ...empty];
  if (type === 'string') return ['eq', 'ne', 'contains', 'in', ...empty];
  if (type === 'text') return ['contains', ...empty];
  return ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', ...empty];
};

function describeModel(model: TestModel) {
  const gates = { ...usualRoles, ...model.actions };
  return {
    name: model.name,
    label: words(model.name),
    label_plural: model.labelPlural,
    key: model.key,
    label_field: model.labelField,
    fields: model.fields.map(({ name, type, ...more }) => ({
      name,
      label: (more.label as string) ?? words(name),
      type,
      item_type: more.itemType ?? null,
      values: more.values ?? null,
      is_nullable: more.isNullable ?? false,
      is_key: model.key.includes(name),
      is_redacted: more.isRedacted ?? false,
      read_only: more.isRedacted ? 'redacted' : (more.readOnly ?? null),
      is_optional_on_create: more.isOptional ?? more.isNullable ?? false,
      max_length: more.maxLength ?? null,
      operators: more.isRedacted ? [] : operatorsOf(type, Boolean(more.isNullable)),
      is_sortable: !more.isRedacted && !structured.has(type),
      is_indexed: more.isIndexed ?? true,
      references: more.references ?? null,
    })),
    list_fields: model.listFields,
    search_fields: model.searchFields ?? [],
    default_sort: {
      field: model.sort.replace('-', ''),
      direction: model.sort.startsWith('-') ? 'desc' : 'asc',
    },
    actions: {
      ...Object.fromEntries(
        Object.entries(gates).map(([action, role]) => [
          action,
          role ? { min_role: role, needs_approval: false } : null,
        ]),
      ),
      ...(model.bulkNeedsApproval && { bulk_run: { min_role: 'admin', needs_approval: true } }),
    },
    custom_actions: (model.customActions ?? []).map((action) => ({
      name: action.name,
      label: action.label ?? words(String(action.name)),
      description: action.description ?? '',
      min_role: action.minRole,
      is_read_only: action.isReadOnly ?? false,
      needs_approval: action.needsApproval ?? false,
      takes_row: action.takesRow ?? true,
      form: action.form ?? null,
    })),
    referenced_by: model.referencedBy ?? [],
  };
}
