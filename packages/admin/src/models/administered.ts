import { type FieldType, type FilterOperator, type OperatorRole, usualBulkGate } from '@castellan/contract';
import type { ColumnDescription, ModelDescription, ReferenceDescription } from './description.ts';
import { labelOf } from './labels.ts';
import type { ActionGate, AdminModelOptions, ModelOverrides } from './options.ts';
import { secretByName, snakeCase } from './secret-names.ts';
import { AdminSetupError } from './setup-error.ts';

/** Why a field is never written. `key` is given when a row is made, and never changed. */
export type ReadOnlyReason = 'redacted' | 'denied' | 'generated' | 'key' | 'unknown_type';

/** A sort by one field. */
export interface Sort {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/** A model as operators reach it: what its ORM knows, and what of it may be seen, asked and written. */
export interface AdministeredModel extends ModelDescription {
  /** The adapter's own description: what its `insert`, `update` and `delete` are given. `name` may be another there. */
  readonly source: ModelDescription;
  readonly label: string;
  readonly labelPlural: string;
  /** Fields whose values leave through nothing: never selected, filtered, sorted, searched, written or named in an error. */
  readonly redacted: ReadonlySet<string>;
  /** Every field that is not written, and why. */
  readonly readOnly: ReadonlyMap<string, ReadOnlyReason>;
  readonly listFields: readonly string[];
  readonly searchFields: readonly string[];
  readonly labelField: string;
  readonly defaultSort: Sort;
  /** What each field can be filtered by; redacted ones are not in it. */
  readonly operators: ReadonlyMap<string, readonly FilterOperator[]>;
  /** Fields that a list may be sorted by. */
  readonly sortable: ReadonlySet<string>;
  /** An index of every row begins with this field. */
  isIndexed(field: string): boolean;
  /** By field of this model or name of its column; `undefined` where there is none. */
  column(field: string): ColumnDescription | undefined;
  readonly denyDelete: boolean;
  /** Whether a row can be made: each field that must be given may be. */
  readonly canCreate: boolean;
  /** Gates of actions that are not as usual. */
  readonly gates: ReadonlyMap<string, ActionGate>;
}

/** The least role for the usual actions, and for all of them at once over many rows (A10). */
export const usualGates = {
  list: 'support',
  read: 'support',
  create: 'admin',
  update: 'admin',
  delete: 'owner',
  bulk_preview: 'support',
  bulk_run: usualBulkGate.minRole,
  history: 'support',
  undo: 'admin',
} as const satisfies Record<string, OperatorRole>;

const ordered: readonly FilterOperator[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'is_null'];
const plain: readonly FilterOperator[] = ['eq', 'ne', 'in', 'is_null'];
const text: readonly FilterOperator[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'is_null'];

const operatorsOf: Readonly<Record<FieldType, readonly FilterOperator[]>> = {
  string: text,
  text,
  boolean: ['eq', 'ne', 'is_null'],
  integer: ordered,
  bigint: ordered,
  decimal: ordered,
  float: ordered,
  uuid: plain,
  enum: plain,
  date: ordered,
  time: ordered,
  datetime: ordered,
  timestamp: ordered,
  json: ['is_null'],
  bytes: ['is_null'],
  array: ['is_null'],
  unknown: ['is_null'],
};

const unsortable: ReadonlySet<FieldType> = new Set(['json', 'bytes', 'array', 'unknown']);
const unlisted: ReadonlySet<FieldType> = new Set(['text', 'json', 'bytes', 'array', 'unknown']);
const listedFirst = ['name', 'email', 'title', 'slug', 'status', 'created_at'];
const listLength = 6;
const labelledBy = ['name', 'full_name', 'display_name', 'title', 'email', 'label', 'slug', 'code', 'number'];
const longestSearched = 255;

/**
 * Makes the administered models of a product from those that its ORM knows, by the defaults of A7 and the options of A8.
 *
 * @returns by shown name, in the order of `expose`
 * @throws AdminSetupError `MODEL_NOT_FOUND`, `FIELD_NOT_FOUND`, `MODEL_WITHOUT_KEY`, `KEY_REDACTED`, `CONFIGURATION_INVALID`
 */
export function administerModels(
  known: readonly ModelDescription[],
  options: AdminModelOptions,
): ReadonlyMap<string, AdministeredModel> {
  const byName = new Map(known.map((model) => [model.name, model]));
  const exposed = namesOf(options.expose);
  const shownNames = new Map(exposed.map(([shown, name]) => [name, shown]));
  const sources = new Map<string, ModelDescription>();
  for (const [shown, name] of exposed) {
    const source = byName.get(name);
    if (!source) throw new AdminSetupError('MODEL_NOT_FOUND', `There is no model ${name}.`);
    if (source.problem !== undefined) throw new AdminSetupError('CONFIGURATION_INVALID', source.problem);
    if (source.key.length === 0) throw new AdminSetupError('MODEL_WITHOUT_KEY', `${name} has no key.`);
    if (sources.has(shown))
      throw new AdminSetupError('CONFIGURATION_INVALID', `expose names ${shown} twice.`);
    sources.set(shown, source);
  }
  refuseUnknownModels(options, sources);
  const redacted = redactAll(known, sources, options);
  return new Map(
    [...sources].map(([shown, source]) => [shown, administer(shown, source, shownNames, redacted, options)]),
  );
}

function namesOf(expose: AdminModelOptions['expose']): readonly (readonly [string, string])[] {
  return isNameList(expose) ? expose.map((name) => [name, name] as const) : Object.entries(expose);
}

function isNameList(expose: AdminModelOptions['expose']): expose is readonly string[] {
  return Array.isArray(expose);
}

/** A model that is misspelt in `redactFields` would be one whose fields are not hidden. */
function refuseUnknownModels(options: AdminModelOptions, sources: ReadonlyMap<string, unknown>): void {
  const named = {
    redactFields: Object.keys(options.redactFields ?? {}),
    acknowledgeNotSecret: Object.keys(options.acknowledgeNotSecret ?? {}),
    denyEditFields: Object.keys(options.denyEditFields ?? {}),
    denyDelete: options.denyDelete ?? [],
    overrides: Object.keys(options.overrides ?? {}),
  };
  for (const [option, models] of Object.entries(named))
    for (const model of models)
      if (!sources.has(model))
        throw new AdminSetupError('MODEL_NOT_FOUND', `${option} names ${model}, which is not in expose.`);
}

/** A field by the name that the model or the table has for it. @throws AdminSetupError `FIELD_NOT_FOUND` */
function fieldNamed(model: ModelDescription, name: string, option: string): string {
  const column =
    model.columns.find((one) => one.name === name) ?? model.columns.find((one) => one.column === name);
  if (!column)
    throw new AdminSetupError(
      'FIELD_NOT_FOUND',
      `${option} names ${model.name}.${name}, which is not there.`,
    );
  return column.name;
}

/** What is redacted in every model that the ORM knows, exposed or not, by the ORM's names. */
function redactAll(
  known: readonly ModelDescription[],
  sources: ReadonlyMap<string, ModelDescription>,
  options: AdminModelOptions,
): ReadonlyMap<string, ReadonlySet<string>> {
  const redacted = new Map<string, Set<string>>(
    known.map((model) => [
      model.name,
      new Set(
        model.columns
          // What the product's own reads leave out is not shown to others unasked either.
          .filter((one) => one.isHidden === true || secretByName(one.name, one.column))
          .map(({ name }) => name),
      ),
    ]),
  );
  for (const [shown, source] of sources) {
    const hidden = redacted.get(source.name);
    for (const name of options.acknowledgeNotSecret?.[shown] ?? []) {
      const field = fieldNamed(source, name, 'acknowledgeNotSecret');
      const column = source.columns.find((one) => one.name === field);
      if (column && secretByName(column.name, column.column) === 'always')
        throw new AdminSetupError(
          'CONFIGURATION_INVALID',
          `acknowledgeNotSecret names ${shown}.${name}, which is always hidden by its name.`,
        );
      hidden?.delete(field);
    }
    for (const name of options.redactFields?.[shown] ?? [])
      hidden?.add(fieldNamed(source, name, 'redactFields'));
  }
  redactReferences(known, redacted);
  return redacted;
}

/** A field whose values are keys of a redacted one would show them: it is redacted too, and so is what refers to it. */
function redactReferences(
  known: readonly ModelDescription[],
  redacted: ReadonlyMap<string, Set<string>>,
): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const { name, references } of known)
      for (const { field, model, targetField } of references) {
        const hidden = redacted.get(name);
        if (!hidden || hidden.has(field) || !redacted.get(model)?.has(targetField)) continue;
        hidden.add(field);
        changed = true;
      }
  }
}

function administer(
  name: string,
  source: ModelDescription,
  shownNames: ReadonlyMap<string, string>,
  redactedByModel: ReadonlyMap<string, ReadonlySet<string>>,
  options: AdminModelOptions,
): AdministeredModel {
  const redacted = redactedByModel.get(source.name) ?? new Set<string>();
  const hiddenKey = source.key.find((field) => redacted.has(field));
  if (hiddenKey !== undefined)
    throw new AdminSetupError('KEY_REDACTED', `${hiddenKey} of ${name} is hidden and part of its key.`);
  const overrides = options.overrides?.[name] ?? {};
  const visible = source.columns.filter((column) => !redacted.has(column.name));
  const denied = new Set(
    (options.denyEditFields?.[name] ?? []).map((field) => fieldNamed(source, field, 'denyEditFields')),
  );
  const readOnly = new Map<string, ReadOnlyReason>();
  for (const column of source.columns) {
    const reason = readOnlyReason(column, source, redacted, denied);
    if (reason) readOnly.set(column.name, reason);
  }
  const indexed = new Set([
    source.key[0],
    ...source.indexes.filter(({ isPartial }) => !isPartial).map(({ columns }) => columns[0]),
  ]);
  const sortable = new Set(visible.filter(({ type }) => !unsortable.has(type)).map((one) => one.name));
  const byName = new Map(source.columns.map((column) => [column.name, column]));
  const label = overrides.label ?? labelOf(name);
  return {
    ...source,
    name,
    source,
    references: shownReferences(source.references, redacted, redactedByModel, shownNames),
    label,
    labelPlural: overrides.labelPlural ?? overrides.label ?? label,
    redacted,
    readOnly,
    listFields: listFieldsOf(source, visible, overrides),
    searchFields: searchFieldsOf(source, visible, indexed, overrides),
    labelField: labelFieldOf(source, visible, overrides),
    defaultSort: defaultSortOf(source, sortable, overrides),
    operators: new Map(visible.map((column) => [column.name, operatorsOf[column.type]])),
    sortable,
    isIndexed: (field) => indexed.has(field),
    column: (field) => byName.get(field),
    denyDelete: options.denyDelete?.includes(name) ?? false,
    canCreate: source.columns.every(
      (column) => isOptionalOnCreate(column) || isGivenOnCreate(readOnly, column),
    ),
    gates: new Map(Object.entries(overrides.actions ?? {})),
  };
}

/** Whether a new row can be made without it. */
export function isOptionalOnCreate(column: ColumnDescription): boolean {
  return column.isNullable || column.hasDefault || column.isGenerated;
}

function isGivenOnCreate(
  readOnly: ReadonlyMap<string, ReadOnlyReason>,
  { name }: ColumnDescription,
): boolean {
  const reason = readOnly.get(name);
  return reason === undefined || reason === 'key';
}

function readOnlyReason(
  column: ColumnDescription,
  { key, softDelete }: ModelDescription,
  redacted: ReadonlySet<string>,
  denied: ReadonlySet<string>,
): ReadOnlyReason | null {
  if (redacted.has(column.name)) return 'redacted';
  // Whoever writes the mark of a deleted row deletes it, past the gate of deleting.
  if (denied.has(column.name) || column.name === softDelete?.field) return 'denied';
  if (column.isGenerated) return 'generated';
  if (column.type === 'unknown' || (column.type === 'array' && (column.itemType ?? 'unknown') === 'unknown'))
    return 'unknown_type';
  return key.includes(column.name) ? 'key' : null;
}

function shownReferences(
  references: readonly ReferenceDescription[],
  redacted: ReadonlySet<string>,
  redactedByModel: ReadonlyMap<string, ReadonlySet<string>>,
  shownNames: ReadonlyMap<string, string>,
): readonly ReferenceDescription[] {
  return references.flatMap(({ field, model, targetField }) => {
    const shown = shownNames.get(model);
    if (shown === undefined || redacted.has(field) || redactedByModel.get(model)?.has(targetField)) return [];
    return [{ field, model: shown, targetField }];
  });
}

/** What an override names, without what is redacted: an override never brings that back. */
function namedVisible(
  source: ModelDescription,
  visible: readonly ColumnDescription[],
  names: readonly string[],
  option: string,
): string[] {
  const shown = new Set(visible.map(({ name }) => name));
  return [...new Set(names.map((name) => fieldNamed(source, name, option)))].filter((name) =>
    shown.has(name),
  );
}

function listFieldsOf(
  source: ModelDescription,
  visible: readonly ColumnDescription[],
  { listFields }: ModelOverrides,
): readonly string[] {
  if (listFields) return namedVisible(source, visible, listFields, 'overrides.listFields');
  const wanted = listedFirst.flatMap((wish) => visible.filter(({ name }) => snakeCase(name) === wish));
  const others = visible.filter(({ type }) => !unlisted.has(type));
  const names = new Set([...source.key, ...[...wanted, ...others].map(({ name }) => name)]);
  return [...names].slice(0, Math.max(listLength, source.key.length));
}

function searchFieldsOf(
  source: ModelDescription,
  visible: readonly ColumnDescription[],
  indexed: ReadonlySet<string | undefined>,
  { searchFields }: ModelOverrides,
): readonly string[] {
  if (searchFields)
    return namedVisible(source, visible, searchFields, 'overrides.searchFields').filter((name) =>
      visible.some((one) => one.name === name && (one.type === 'string' || one.type === 'text')),
    );
  return visible
    .filter(({ name, type, maxLength = type === 'string' ? 0 : Number.POSITIVE_INFINITY }) => {
      return (type === 'string' || type === 'text') && indexed.has(name) && maxLength <= longestSearched;
    })
    .map(({ name }) => name);
}

function labelFieldOf(
  source: ModelDescription,
  visible: readonly ColumnDescription[],
  { labelField }: ModelOverrides,
): string {
  const key = source.key[0] as string;
  if (labelField !== undefined)
    return namedVisible(source, visible, [labelField], 'overrides.labelField')[0] ?? key;
  for (const wish of labelledBy) {
    const found = visible.find(({ name, type }) => snakeCase(name) === wish && !unsortable.has(type));
    if (found) return found.name;
  }
  return key;
}

function defaultSortOf(
  source: ModelDescription,
  sortable: ReadonlySet<string>,
  { defaultSort }: ModelOverrides,
): Sort {
  const usual: Sort = { field: source.key[0] as string, direction: 'desc' };
  if (defaultSort !== undefined) {
    const [name = '', direction = 'asc', ...more] =
      typeof defaultSort === 'string'
        ? defaultSort.trim().split(/\s+/)
        : [defaultSort.field, defaultSort.direction];
    if (more.length > 0 || (direction !== 'asc' && direction !== 'desc'))
      throw new AdminSetupError('CONFIGURATION_INVALID', 'overrides.defaultSort: a field, then asc or desc.');
    const field = fieldNamed(source, name, 'overrides.defaultSort');
    return sortable.has(field) ? { field, direction } : usual;
  }
  const created = source.columns.find(({ name }) => snakeCase(name) === 'created_at' && sortable.has(name));
  return created ? { field: created.name, direction: 'desc' } : usual;
}
