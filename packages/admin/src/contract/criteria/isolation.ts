import { type Criterion, criterion, found, must } from '../criterion.ts';
import { adminPath, describe, missingId, mustRefuse, type Product } from '../product.ts';
import { surfaces } from './surfaces.ts';

const userMissing = 'give the Authorization header of one of the product’s users (--user-authorization)';

function asUser(product: Product) {
  const authorization = found(product.options.userAuthorization, userMissing);
  return { path: surfaces.standard, authorization };
}

/** What is not the console's stays as it was (A2, A6). */
export const isolationCriteria: readonly Criterion[] = [
  criterion(
    'isolation.strangers',
    {
      proves: 'Who has no token does not learn which models there are.',
      mend: 'Verify the token before the model is looked for.',
    },
    async (product) => {
      const intent = { model: 'CastellanContractNone', action: 'list', payload: {} };
      mustRefuse(await product.send(intent, { authorization: null }), 401, 'UNAUTHENTICATED');
    },
  ),
  criterion(
    'isolation.list',
    {
      proves:
        'The list of the console is not given to the product’s users at /api/intent: a service by hand answers as it did.',
      mend: 'Register what autoAdmin makes on the admin-machine surface only.',
    },
    async (product) => {
      const how = asUser(product);
      const { model } = await product.readable();
      const answer = await product.send({ model: model.name, action: 'list', payload: { count: true } }, how);
      const data = (answer.data ?? {}) as Record<string, unknown>;
      must(
        !('next_cursor' in data && 'labels' in data),
        `/api/intent gives the console’s list of ${model.name}`,
      );
    },
  ),
  criterion(
    'isolation.auto_actions',
    {
      proves: 'History, undo and bulk changes are no actions at /api/intent.',
      mend: 'Register them on the admin-machine surface only.',
    },
    async (product) => {
      const how = asUser(product);
      const { model } = await product.readable();
      for (const command of ['history', 'undo', 'bulk_preview', 'bulk_run']) {
        const intent = { model: model.name, action: 'custom', command, payload: {} };
        mustRefuse(await product.send(intent, how), 404, 'UNKNOWN_MODEL', 'UNKNOWN_ACTION');
      }
    },
  ),
  criterion(
    'isolation.admin_only',
    {
      proves: 'Custom actions for operators are unknown at /api/intent.',
      mend: 'Mark them with `adminOnly`.',
    },
    async (product) => {
      const how = asUser(product);
      const { models } = await product.schema();
      const model = found(
        models.find(({ customActions }) => customActions.length > 0),
        'no model has a custom action',
      );
      for (const { name: command } of model.customActions) {
        const intent = { model: model.name, action: 'custom', command, id: missingId(model), payload: {} };
        mustRefuse(await product.send(intent, how), 404, 'UNKNOWN_MODEL', 'UNKNOWN_ACTION');
      }
    },
  ),
];

async function minting(product: Product) {
  const { models } = await product.schema();
  const model = models.find(({ customActions }) =>
    customActions.some(({ name }) => name === 'createActorToken'),
  );
  const action = model?.customActions.find(({ name }) => name === 'createActorToken');
  return model && action ? { model, action } : undefined;
}

/** Operators who act as somebody (A15). */
export const impersonationCriteria: readonly Criterion[] = [
  criterion(
    'impersonation.declared',
    {
      proves:
        'The document says that the product mints actor tokens exactly where `User.createActorToken` is there.',
      mend: 'Register the action under the model User, or leave `can_impersonate` false.',
    },
    async (product) => {
      const { canImpersonate } = await product.schema();
      const minter = await minting(product);
      must(canImpersonate === (minter?.model.name === 'User'), `can_impersonate is ${canImpersonate}`);
    },
  ),
  criterion(
    'impersonation.unknown_user',
    {
      proves: 'No actor token is minted for a user who does not exist.',
      mend: 'Look the user up first, and answer with NOT_FOUND.',
    },
    async (product) => {
      const { model } = found(await minting(product), 'the product mints no actor tokens');
      const intent = {
        model: model.name,
        action: 'custom',
        command: 'createActorToken',
        id: missingId(model),
      };
      const payload = { reason: 'Contract suite', allow_writes: false };
      const answer = await product.send({ ...intent, payload });
      must(answer.status >= 400 && answer.status < 500, `${describe(answer)} for a user who is not there`);
    },
  ),
  criterion(
    'impersonation.support',
    {
      proves: 'Minting an actor token asks for more than support.',
      mend: 'Leave `minRole` of createActorToken at `admin`, or raise it.',
    },
    async (product) => {
      const { model } = found(await minting(product), 'the product mints no actor tokens');
      const intent = {
        model: model.name,
        action: 'custom',
        command: 'createActorToken',
        id: missingId(model),
      };
      const answer = await product.send({ ...intent, payload: {} }, { role: 'support' });
      mustRefuse(answer, 403, 'INSUFFICIENT_ROLE');
    },
  ),
  criterion(
    'impersonation.write_denied',
    {
      proves: 'A write under an actor session that only looks on is IMPERSONATION_WRITE_DENIED.',
      mend: 'Put `actorWritesMiddleware` into the runtime, or `enforceActorWrites` before each write.',
      needsWrites: true,
    },
    async (product) => {
      const actor = found(product.options.actor, 'give an actor session and a write that it tries (--actor)');
      const how = { path: surfaces.standard, authorization: actor.authorization };
      mustRefuse(await product.send(actor.intent, how), 403, 'IMPERSONATION_WRITE_DENIED');
    },
  ),
];

/** Headers of answers (A14, A15). */
export const headerCriteria: readonly Criterion[] = [
  criterion(
    'headers.no_store',
    {
      proves: 'Answers, refusals and the document are kept by no cache.',
      mend: 'Send `Cache-Control: no-store`.',
    },
    async (product) => {
      const { model } = await product.readable();
      for (const answer of [
        await product.send({ model: model.name, action: 'list', payload: {} }),
        await product.send({ model: 'CastellanContractNone', action: 'list', payload: {} }),
        await product.readSchemaAnswer(),
      ])
        must(/no-store/.test(answer.headers.get('cache-control') ?? ''), 'an answer without no-store');
    },
  ),
  criterion(
    'headers.content_type',
    { proves: 'Answers are announced as JSON.', mend: 'Send `Content-Type: application/json`.' },
    async (product) => {
      const { model } = await product.readable();
      const { headers } = await product.send({ model: model.name, action: 'list', payload: {} });
      const type = headers.get('content-type') ?? 'nothing';
      must(/^application\/json\b/.test(type), `an answer is announced as ${type}`);
    },
  ),
  criterion(
    'headers.correlation',
    {
      proves:
        'The correlation id comes back in the header and in refusals, so that one id leads through every log.',
      mend: 'Send back `X-Correlation-Id`, and give it as `request_id`.',
    },
    async (product) => {
      const id = 'contract-suite-correlation';
      const answer = await product.send(
        { model: 'CastellanContractNone', action: 'list' },
        { claims: { correlation_id: id } },
      );
      const given = [answer.headers.get('x-correlation-id'), answer.error?.request_id];
      must(given[0] === id && given[1] === id, `${id} came back as ${given.join(' and ')}`);
    },
  ),
  criterion(
    'headers.cross_origin',
    {
      proves: 'No page of another origin is let in: browsers have no business at this surface.',
      mend: 'Answer this path without CORS headers.',
    },
    async (product) => {
      const { model } = await product.readable();
      const headers = { origin: 'https://elsewhere.example' };
      const preflight = await product.fetch(adminPath, {
        method: 'OPTIONS',
        headers: { ...headers, 'access-control-request-method': 'POST' },
      });
      const call = await product.send({ model: model.name, action: 'list', payload: {} }, { headers });
      for (const answer of [preflight, call])
        must(!answer.headers.has('access-control-allow-origin'), 'an answer allows another origin');
    },
  ),
  criterion(
    'headers.frame_ancestors',
    {
      proves:
        'The product can’t be put into a frame, which is where a stolen look over an operator’s shoulder begins.',
      mend: "Send `Content-Security-Policy: frame-ancestors 'none'` with every answer.",
    },
    async (product) => {
      const { headers } = await product.fetch('/', { method: 'GET' });
      const policy = headers.get('content-security-policy') ?? '';
      must(/frame-ancestors 'none'/.test(policy), "the page at / has no frame-ancestors 'none'");
    },
  ),
];
