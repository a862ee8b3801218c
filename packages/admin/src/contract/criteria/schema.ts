import { type Criterion, criterion, must } from '../criterion.ts';
import { describe, mustRefuse } from '../product.ts';

/** The schema document that the console renders (A12). */
export const schemaCriteria: readonly Criterion[] = [
  criterion(
    'schema.document',
    {
      proves: 'GET …/schema gives a schema document of version 1 that reads without an error.',
      mend: 'Answer with `{data: document}` in the form that packages/contract declares.',
    },
    async (product) => void (await product.readSchema()),
  ),
  criterion(
    'schema.guarded',
    {
      proves: 'The schema document is given to nobody without an admin token.',
      mend: 'Verify the token at …/schema as at the surface itself.',
    },
    async (product) =>
      mustRefuse(await product.readSchemaAnswer({ authorization: null }), 401, 'UNAUTHENTICATED'),
  ),
  criterion(
    'schema.service',
    {
      proves: 'The document names the service that tokens are for.',
      mend: 'Give the same name as `audience` of configureAdminAuth.',
    },
    async (product) => {
      const { service } = await product.schema();
      must(service === product.options.service, `it names ${service}`);
    },
  ),
  criterion(
    'schema.revision',
    {
      proves: 'The revision stays while the document does, so that the console may keep it.',
      mend: 'Make the revision of the document’s content, not of time or chance.',
    },
    async (product) => {
      const [first, second] = [await product.schema(), await product.readSchema()];
      const same = JSON.stringify(first.models) === JSON.stringify(second.models);
      must(!same || first.revision === second.revision, 'two equal documents have two revisions');
    },
  ),
  criterion(
    'schema.names',
    {
      proves: 'Every field that a model’s key, list, search, sort and label name is a field of it.',
      mend: 'Make the lists from the fields, or correct `overrides`.',
    },
    async (product) => {
      for (const model of (await product.schema()).models) {
        const names = new Set(model.fields.map(({ name }) => name));
        const named = [
          ...model.key,
          ...model.listFields,
          ...model.searchFields,
          model.labelField,
          model.defaultSort.field,
        ];
        const unknown = named.filter((name) => !names.has(name));
        must(unknown.length === 0, `${model.name} names ${unknown.join(', ')}, which it does not have`);
        must(model.key.length > 0, `${model.name} has no key`);
      }
    },
  ),
  criterion(
    'schema.relations',
    {
      proves: 'Every relation leads to a model and a field that are in the document.',
      mend: 'Leave out relations to models that are not exposed.',
    },
    async (product) => {
      const { models } = await product.schema();
      for (const model of models)
        for (const { name, references } of model.fields) {
          if (references === null) continue;
          const target = models.find((one) => one.name === references.model);
          must(
            target?.fields.some((field) => field.name === references.field) === true,
            `${model.name}.${name} leads to ${references.model}.${references.field}, which is not there`,
          );
        }
    },
  ),
  criterion(
    'schema.roles',
    {
      proves: 'The document asks for the usual roles at least: change and create admin, delete owner.',
      mend: 'Never lower a gate below the default.',
    },
    async (product) => {
      for (const { name, actions } of (await product.schema()).models) {
        const least = [actions.create, actions.update].map((action) => action?.minRole);
        must(!least.includes('support'), `${name} offers support to change rows`);
        must([undefined, 'owner'].includes(actions.delete?.minRole), `${name} offers others to delete`);
      }
    },
  ),
  criterion(
    'schema.token_body',
    {
      proves: 'The token of the schema document is bound to no body: the digest is that of the empty text.',
      mend: 'Digest the empty text for a GET.',
    },
    async (product) => {
      const wrong = await product.readSchemaAnswer({ claims: { body_sha256: 'A'.repeat(43) } });
      must(wrong.status === 401, `${describe(wrong)} to a digest of something else`);
    },
  ),
];
