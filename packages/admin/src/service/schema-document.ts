import { createHash } from 'node:crypto';
import {
  type AdminAction,
  type AdminModel,
  SchemaDocument,
  schemaDocumentVersion,
  usualBulkGate,
} from '@castellan/contract';
import type { ShownAction } from '@castellan/intents';
import { z } from 'zod';
import { type AdministeredModel, isOptionalOnCreate } from '../models/administered.ts';
import { fieldLabels, labelOf } from '../models/labels.ts';
import { gateOf, libraryCommands } from './gates.ts';
import type { AdminRuntime } from './runtime.ts';

const actorTokenAction = 'createActorToken';

/** The schema document of a product, as it travels (A12): everything that the console needs to know, and nothing of any row. */
export function describeProduct(
  service: string,
  runtime: Pick<AdminRuntime, 'models'>,
  shown: readonly ShownAction[],
): z.input<typeof SchemaDocument> {
  const models = [...runtime.models.values()].map((model) => describeModel(model, runtime.models, shown));
  const canImpersonate = shown.some(
    ({ model, name, custom }) => model === 'User' && name === actorTokenAction && custom !== undefined,
  );
  const revision = createHash('sha256')
    .update(JSON.stringify([service, models, canImpersonate]))
    .digest('base64url');
  return z.encode(SchemaDocument, {
    version: schemaDocumentVersion,
    service,
    revision,
    models,
    canImpersonate,
  });
}

function describeModel(
  model: AdministeredModel,
  models: ReadonlyMap<string, AdministeredModel>,
  shown: readonly ShownAction[],
): AdminModel {
  const usual = (action: string, isThere = true) => (isThere ? gateOf(model, action, undefined) : null);
  const labels = fieldLabels(model, models);
  const bulk = gateOf(model, 'bulk_run', undefined);
  const isUsualBulk = bulk.minRole === usualBulkGate.minRole && !bulk.needsApproval;
  return {
    name: model.name,
    label: model.label,
    labelPlural: model.labelPlural,
    key: [...model.key],
    labelField: model.labelField,
    fields: model.columns.map((column) => fieldOf(model, column, labels.get(column.name) ?? '')),
    listFields: [...model.listFields],
    searchFields: [...model.searchFields],
    defaultSort: { ...model.defaultSort },
    actions: {
      list: usual('list'),
      read: usual('read'),
      create: usual('create', model.canCreate),
      update: usual('update'),
      delete: usual('delete', !model.denyDelete),
      ...(isUsualBulk ? {} : { bulkRun: bulk }),
    },
    customActions: shown
      .filter(({ model: of, custom }) => of === model.name && custom !== undefined)
      .filter(({ name }) => !(libraryCommands as readonly string[]).includes(name))
      .map((action) => actionOf(model, action)),
    referencedBy: [...models.values()].flatMap(({ name, references }) =>
      references.filter((one) => one.model === model.name).map(({ field }) => ({ model: name, field })),
    ),
  };
}

function fieldOf(
  model: AdministeredModel,
  column: AdministeredModel['columns'][number],
  label: string,
): AdminModel['fields'][number] {
  const { name, type } = column;
  const reference = model.references.find(({ field }) => field === name);
  const common = {
    name,
    label,
    isKey: model.key.includes(name),
    readOnly: model.readOnly.get(name) ?? null,
    isOptionalOnCreate: isOptionalOnCreate(column),
    operators: [...(model.operators.get(name) ?? [])],
    isSortable: model.sortable.has(name),
  };
  // That it is there, so that nobody wonders where it went; and nothing else.
  if (model.redacted.has(name))
    return {
      ...common,
      ...{ type: 'unknown', itemType: null, values: null, isNullable: column.isNullable, isRedacted: true },
      ...{ maxLength: null, isIndexed: false, references: null },
    };
  return {
    ...common,
    type,
    itemType: column.itemType ?? null,
    values: column.values ? [...column.values] : null,
    isNullable: column.isNullable,
    isRedacted: false,
    maxLength: column.maxLength ?? null,
    isIndexed: model.isIndexed(name),
    references: reference ? { model: reference.model, field: reference.targetField } : null,
  };
}

function actionOf(model: AdministeredModel, { name, custom, schemas, isReadOnly }: ShownAction): AdminAction {
  return {
    name,
    label: labelOf(name),
    description: (custom?.description ?? '').slice(0, 1000),
    ...gateOf(model, name, custom),
    isReadOnly,
    takesRow: custom?.takesRow ?? true,
    form: formOf(schemas),
  };
}

/** JSON Schema of the payload, where its library can tell it (Standard JSON Schema); what it can't express has no form. */
function formOf({ payload }: ShownAction['schemas']): AdminAction['form'] {
  try {
    const schema = payload?.['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
    return schema ? (JSON.parse(JSON.stringify(schema)) as AdminAction['form']) : null;
  } catch {
    return null;
  }
}
