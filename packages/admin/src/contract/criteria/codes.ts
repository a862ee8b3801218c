import { type Criterion, criterion, found, must } from '../criterion.ts';
import { describe, missingId, mustRefuse, type Product } from '../product.ts';

const codeMend = 'Answer with the code and status of docs/reference/admin-errors.md.';

async function list(product: Product, payload: unknown, rest: Readonly<Record<string, unknown>> = {}) {
  const { model } = await product.readable();
  return product.send({ model: model.name, action: 'list', payload, ...rest });
}

/** A refusal that a list with this payload gets. */
function listCode(
  name: string,
  proves: string,
  payload: (product: Product) => unknown,
  ...codes: readonly string[]
): Criterion {
  return criterion(`codes.${name}`, { proves, mend: codeMend }, async (product) =>
    mustRefuse(await list(product, await payload(product)), 422, ...codes),
  );
}

async function sortable(product: Product): Promise<string> {
  const { model } = await product.readable();
  return found(
    model.fields.find((field) => field.operators.includes('eq')),
    `${model.name} has no field to filter by`,
  ).name;
}

const deepFilter = (field: string): unknown => {
  let filter: unknown = { field, op: 'is_null', value: false };
  for (let level = 0; level < 500; level += 1) filter = { and: [filter] };
  return filter;
};

/** Refusals and their codes (A13). */
export const codeCriteria: readonly Criterion[] = [
  criterion(
    'codes.unknown_model',
    { proves: 'A model that is not exposed is UNKNOWN_MODEL.', mend: codeMend },
    async (product) =>
      mustRefuse(
        await product.send({ model: 'CastellanContractNone', action: 'list', payload: {} }),
        404,
        'UNKNOWN_MODEL',
      ),
  ),
  criterion(
    'codes.unknown_action',
    { proves: 'A custom action that does not exist is UNKNOWN_ACTION.', mend: codeMend },
    async (product) => {
      const { model } = await product.readable();
      const intent = { model: model.name, action: 'custom', command: 'castellanContractNone', payload: {} };
      mustRefuse(await product.send(intent), 404, 'UNKNOWN_ACTION');
    },
  ),
  criterion(
    'codes.not_found',
    { proves: 'Reading a row that is not there is NOT_FOUND.', mend: codeMend },
    async (product) => {
      const { model } = await product.readable();
      const intent = { model: model.name, action: 'read', id: missingId(model) };
      mustRefuse(await product.send(intent), 404, 'NOT_FOUND');
    },
  ),
  criterion(
    'codes.malformed_id',
    {
      proves: 'An id that can be no key of the model is refused, and never a failure of the server.',
      mend: 'Parse the id by the key’s types before it reaches the database.',
    },
    async (product) => {
      const { model } = await product.readable();
      for (const id of ['', '\u0000', '[1,2,3,4]', "' OR 1=1 --", 'x'.repeat(200), '99999999999999999999']) {
        const answer = await product.send({ model: model.name, action: 'read', id });
        must([400, 404, 422].includes(answer.status), `${describe(answer)} to the id ${JSON.stringify(id)}`);
      }
    },
  ),
  listCode(
    'unknown_field',
    'A filter by a field that the model does not have is UNKNOWN_FIELD.',
    () => ({ filter: { field: 'castellanContractNone', op: 'eq', value: 1 } }),
    'UNKNOWN_FIELD',
  ),
  listCode(
    'unknown_sort',
    'A sort by a field that the model does not have is UNKNOWN_FIELD.',
    () => ({ sort: [{ field: 'castellanContractNone', direction: 'asc' }] }),
    'UNKNOWN_FIELD',
  ),
  listCode(
    'unsupported_operator',
    'An operator that is none of the nine is UNSUPPORTED_FILTER_OP.',
    async (product) => ({ filter: { field: await sortable(product), op: 'regex', value: '.*' } }),
    'UNSUPPORTED_FILTER_OP',
  ),
  listCode(
    'invalid_cursor',
    'A cursor that the product never gave is INVALID_CURSOR.',
    () => ({ cursor: 'bm90IGEgY3Vyc29y' }),
    'INVALID_CURSOR',
  ),
  listCode(
    'validation',
    'A payload of another shape is VALIDATION_FAILED.',
    () => ({ filter: 'status = 1' }),
    'VALIDATION_FAILED',
  ),
  listCode(
    'deep_filter',
    'A filter five hundred groups deep is refused with VALIDATION_FAILED.',
    async (product) => ({ filter: deepFilter(await sortable(product)) }),
    'VALIDATION_FAILED',
    'MALFORMED_REQUEST',
  ),
  criterion(
    'codes.limit',
    { proves: 'A limit beyond what the product gives at once is VALIDATION_FAILED.', mend: codeMend },
    async (product) => mustRefuse(await list(product, {}, { limit: 1_000_000 }), 422, 'VALIDATION_FAILED'),
  ),
  criterion(
    'codes.malformed_json',
    { proves: 'A body that is no JSON is MALFORMED_REQUEST.', mend: codeMend },
    async (product) => mustRefuse(await product.send({}, { body: '{"model":' }), 400, 'MALFORMED_REQUEST'),
  ),
  criterion(
    'codes.envelope',
    {
      proves: 'A refusal is `{error: {code, message, request_id}}`, all of them texts.',
      mend: 'Write every refusal by one function.',
    },
    async (product) => {
      const answer = await product.send({ model: 'CastellanContractNone', action: 'list', payload: {} });
      for (const part of ['code', 'message', 'request_id'] as const)
        must(typeof answer.error?.[part] === 'string', `a refusal without ${part}`);
    },
  ),
  criterion(
    'codes.never_500',
    {
      proves: 'Hostile input (NUL, lone surrogates, huge numbers, arrays where texts belong) is never a 5xx.',
      mend: 'Check values by their field’s type before they reach the database.',
    },
    async (product) => {
      const { model } = await product.readable();
      const hostile = ['\u0000', '\ud800', '1e999', 1e308, -0, [], {}, [[]], true, 'x'.repeat(10_000)];
      for (const field of model.fields.filter(({ operators }) => operators.includes('eq')).slice(0, 5))
        for (const value of hostile) {
          const answer = await list(product, { filter: { field: field.name, op: 'eq', value } });
          must(
            answer.status < 500,
            `${describe(answer)} to ${field.name} eq ${JSON.stringify(value)}`.slice(0, 300),
          );
        }
    },
  ),
];
