import { type Criterion, criterion, found, must } from '../criterion.ts';
import { type Answer, idOf, mustRefuse, type Product } from '../product.ts';

/** A field of any model that is redacted. */
async function redacted(product: Product) {
  const subject = found(
    await product.find(
      ({ model, rows }) => rows.length > 0 && model.fields.some((field) => field.isRedacted),
    ),
    'no model with rows has a redacted field',
  );
  const names = subject.model.fields.filter((field) => field.isRedacted).map(({ name }) => name);
  return { ...subject, names, name: names[0]! };
}

const redactionMend = 'Ask the set of redacted fields at this place too; it is one set for all of them.';
const canary = 'castellan-canary-7c1f';

/** A use of a redacted field in a list. */
function redactedUse(
  name: string,
  proves: string,
  payload: (field: string, other: string) => unknown,
): Criterion {
  return criterion(`redaction.${name}`, { proves, mend: redactionMend }, async (product) => {
    const { model, name: field } = await redacted(product);
    const other = model.key[0]!;
    const intent = { model: model.name, action: 'list', payload: payload(field, other) };
    mustRefuse(await product.send(intent), 422, 'FIELD_REDACTED');
  });
}

/** Names that are redacted by default (A7), in words: `passwordHash` is `password_hash`. */
const secretName = /^(password|secret|api_key|token|_)|_(hash|digest)$/;
const inWords = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** What must never leave (A8). */
export const redactionCriteria: readonly Criterion[] = [
  criterion(
    'redaction.default_names',
    {
      proves:
        'Fields with names of secrets (`password…`, `…_hash`, `token…`) are redacted without being told.',
      mend: 'Redact by these names whatever `overrides` say.',
    },
    async (product) => {
      for (const model of (await product.schema()).models)
        for (const { name, isRedacted } of model.fields)
          must(isRedacted || !secretName.test(inWords(name)), `${model.name}.${name} is shown`);
    },
  ),
  criterion(
    'redaction.schema',
    {
      proves:
        'The document names a redacted field and offers nothing of it: no list, search, filter, sort or label.',
      mend: 'Leave it out of every list of the document.',
    },
    async (product) => {
      for (const model of (await product.schema()).models)
        for (const field of model.fields.filter(({ isRedacted }) => isRedacted)) {
          const { name } = field;
          const offered = [
            ...model.listFields,
            ...model.searchFields,
            model.labelField,
            model.defaultSort.field,
          ].includes(name);
          must(
            !offered && field.operators.length === 0 && !field.isSortable && field.readOnly !== null,
            `the document offers ${model.name}.${name}`,
          );
        }
    },
  ),
  criterion(
    'redaction.list',
    { proves: 'No row of a list holds a redacted field.', mend: redactionMend },
    async (product) => {
      const { model, rows, names } = await redacted(product);
      const leaked = names.find((name) => rows.some((row) => Object.hasOwn(row, name)));
      must(leaked === undefined, `a list of ${model.name} holds ${leaked}`);
    },
  ),
  criterion(
    'redaction.read',
    { proves: 'A row that is read alone does not hold it either.', mend: redactionMend },
    async (product) => {
      const { model, rows, names } = await redacted(product);
      const { row } = await product.read(model, idOf(model, rows[0]!));
      const leaked = names.find((name) => Object.hasOwn(row, name));
      must(leaked === undefined, `a read of ${model.name} holds ${leaked}`);
    },
  ),
  redactedUse(
    'filter',
    'A filter by a redacted field is FIELD_REDACTED: its answer would tell the value.',
    (field) => ({
      filter: { field, op: 'eq', value: 'x' },
    }),
  ),
  redactedUse('filter_is_null', 'Whether a redacted field is null is not told either.', (field) => ({
    filter: { field, op: 'is_null', value: true },
  })),
  redactedUse('filter_in_group', 'Nor by a filter in a group of groups.', (field, other) => ({
    filter: {
      or: [{ field: other, op: 'is_null', value: true }, { and: [{ field, op: 'contains', value: 'x' }] }],
    },
  })),
  redactedUse(
    'sort',
    'A sort by a redacted field is FIELD_REDACTED: its order would tell the value.',
    (field) => ({
      sort: [{ field, direction: 'asc' }],
    }),
  ),
  redactedUse('sort_second', 'Nor as the second field of a sort.', (field, other) => ({
    sort: [
      { field: other, direction: 'asc' },
      { field, direction: 'asc' },
    ],
  })),
  redactedUse('fields', 'Asking for it by `fields` is FIELD_REDACTED.', (field, other) => ({
    fields: [other, field],
  })),
  criterion(
    'redaction.create',
    {
      proves: 'Creating a row with a redacted field is FIELD_REDACTED.',
      mend: redactionMend,
      needsWrites: true,
    },
    async (product) => {
      const { model, name } = await redacted(product);
      found(model.actions.create, `${model.name} has no create`);
      const intent = { model: model.name, action: 'create', payload: { values: { [name]: canary } } };
      const answer = await product.send(intent);
      const made = (answer.data as { id?: string } | undefined)?.id;
      if (made !== undefined) {
        const { version } = await product.read(model, made);
        await product.send({ model: model.name, action: 'delete', id: made, payload: { version } });
      }
      mustRefuse(answer, 422, 'FIELD_REDACTED');
    },
  ),
  criterion(
    'redaction.update',
    { proves: 'Changing a redacted field is FIELD_REDACTED.', mend: redactionMend, needsWrites: true },
    async (product) => {
      const { model, rows, name } = await redacted(product);
      found(model.actions.update, `${model.name} has no update`);
      const id = idOf(model, rows[0]!);
      const { version } = await product.read(model, id);
      const payload = { values: { [name]: canary }, version };
      const answer = await product.send({ model: model.name, action: 'update', id, payload });
      mustRefuse(answer, 422, 'FIELD_REDACTED');
    },
  ),
  criterion(
    'redaction.error_text',
    {
      proves: 'A refusal about a redacted field does not repeat the value that was sent for it.',
      mend: 'Name the field in the message, and no value.',
    },
    async (product) => {
      const { model, name } = await redacted(product);
      const payload = { filter: { field: name, op: 'eq', value: canary } };
      const answer: Answer = await product.send({ model: model.name, action: 'list', payload });
      must(!answer.text.includes(canary), 'the refusal repeats the value');
    },
  ),
];
