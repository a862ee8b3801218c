import type { OperatorRole } from '@castellan/contract';
import { CanNotJudge, type Criterion, criterion, found, must } from '../criterion.ts';
import { idOf, missingId, mustAccept, mustRefuse, operator, type Product } from '../product.ts';

const mend = 'Compare the role of the token with the action’s least role before anything is read or written.';
const ranks: Readonly<Record<OperatorRole, number>> = { support: 1, admin: 2, owner: 3 };

/** A row that is not there and values that no model has: where a gate is missing, nothing is changed by this. */
const harmless = { values: { castellan_contract_suite: 'x' }, version: 'none' };

/** A usual action that a role must not do; without the gate the answer would be another refusal. */
function gate(name: string, role: OperatorRole, action: 'create' | 'update' | 'delete'): Criterion {
  const proves = `The role ${role} can not ${action}: INSUFFICIENT_ROLE, before anything else is looked at.`;
  return criterion(`gate.${name}`, { proves, mend }, async (product) => {
    const subject = await product.find(({ model }) => model.actions[action] !== null);
    const { model } = found(subject, `no model has the action ${action}`);
    const id = action === 'create' ? {} : { id: missingId(model) };
    const answer = await product.send(
      { model: model.name, action, ...id, payload: action === 'delete' ? {} : harmless },
      { role },
    );
    mustRefuse(answer, 403, 'INSUFFICIENT_ROLE');
  });
}

async function customAbove(product: Product, role: OperatorRole) {
  for (const model of (await product.schema()).models)
    for (const action of model.customActions)
      if (ranks[action.minRole] > ranks[role]) return { model, action };
  return undefined;
}

/** Who may do what (A10, A11). */
export const gateCriteria: readonly Criterion[] = [
  criterion(
    'gate.support_can_list',
    { proves: 'The role support can list.', mend: 'Ask for `support` at list.' },
    async (product) => {
      const { model } = await product.readable();
      if (model.actions.list?.minRole !== 'support') throw new CanNotJudge('the product asks for more');
      mustAccept(await product.send({ model: model.name, action: 'list', payload: {} }, { role: 'support' }));
    },
  ),
  criterion(
    'gate.support_can_read',
    { proves: 'The role support can read a row.', mend: 'Ask for `support` at read.' },
    async (product) => {
      const { model, rows } = await product.readable();
      if (model.actions.read?.minRole !== 'support') throw new CanNotJudge('the product asks for more');
      const id = idOf(model, rows[0]!);
      mustAccept(await product.send({ model: model.name, action: 'read', id }, { role: 'support' }));
    },
  ),
  gate('support_can_not_create', 'support', 'create'),
  gate('support_can_not_update', 'support', 'update'),
  gate('support_can_not_delete', 'support', 'delete'),
  gate('admin_can_not_delete', 'admin', 'delete'),
  criterion(
    'gate.custom_action',
    { proves: 'A custom action is refused to a role below its least role.', mend },
    async (product) => {
      const role = (await customAbove(product, 'support')) ? 'support' : 'admin';
      const { model, action } = found(
        await customAbove(product, role),
        'no custom action asks for more than support',
      );
      const intent = { model: model.name, action: 'custom', command: action.name, id: missingId(model) };
      mustRefuse(await product.send({ ...intent, payload: {} }, { role }), 403, 'INSUFFICIENT_ROLE');
    },
  ),
  criterion(
    'gate.role_of_token',
    {
      proves: 'The role is the token’s: one in the context or a header changes nothing.',
      mend: 'Never read the role from what the caller sends beside the token.',
    },
    async (product) => {
      const subject = await product.find(({ model }) => model.actions.update !== null);
      const { model } = found(subject, 'no model can be changed');
      const intent = { model: model.name, action: 'update', id: missingId(model), payload: harmless };
      const answer = await product.send(
        { ...intent, context: { role: 'owner', user: { role: 'owner' } } },
        { role: 'support', headers: { 'x-role': 'owner', 'x-castellan-role': 'owner' } },
      );
      mustRefuse(answer, 403, 'INSUFFICIENT_ROLE');
    },
  ),
  criterion(
    'gate.bulk',
    { proves: 'Deleting many rows at once asks for the same role as deleting one.', mend },
    async (product) => {
      const subject = await product.find(({ model }) => model.actions.delete !== null);
      const { model } = found(subject, 'no model has the action delete');
      const rows = [{ id: missingId(model), version: 'none' }];
      const answer = await product.send(
        { model: model.name, action: 'custom', command: 'bulk_run', payload: { action: 'delete', rows } },
        { role: 'admin' },
      );
      const { failed } = (answer.data ?? {}) as { failed?: readonly { code?: unknown }[] };
      if (failed?.length === 1 && failed[0]?.code === 'INSUFFICIENT_ROLE') return;
      mustRefuse(answer, 403, 'INSUFFICIENT_ROLE');
    },
  ),
  criterion(
    'gate.delete_denied',
    {
      proves: 'A model of `denyDelete` refuses the owner too, with DELETE_DENIED.',
      mend: 'Refuse delete for models whose document has no delete.',
    },
    async (product) => {
      const subject = await product.find(({ model }) => model.actions.delete === null);
      const { model } = found(subject, 'every model can be deleted from');
      const intent = { model: model.name, action: 'delete', id: missingId(model), payload: {} };
      mustRefuse(await product.send(intent), 403, 'DELETE_DENIED');
    },
  ),
];

async function needingApproval(product: Product) {
  for (const model of (await product.schema()).models) {
    const action = model.customActions.find((one) => one.needsApproval);
    if (action)
      return { model: model.name, action: 'custom', command: action.name, id: missingId(model), payload: {} };
    if (model.actions.delete?.needsApproval)
      return { model: model.name, action: 'delete', id: missingId(model), payload: {} };
  }
  throw new CanNotJudge('no action needs an approval');
}

const approvedBy = (sub: string) => ({
  approval: { id: 'approval-of-the-suite', by: { sub, email: 'second@castellan.example' } },
});

/** Actions that a second operator has to say yes to (A20). */
export const approvalCriteria: readonly Criterion[] = [
  criterion(
    'approval.required',
    {
      proves: 'An action that needs an approval is refused without one: APPROVAL_REQUIRED.',
      mend: 'Look for the claim `approval` before the action is run.',
    },
    async (product) =>
      mustRefuse(await product.send(await needingApproval(product)), 403, 'APPROVAL_REQUIRED'),
  ),
  criterion(
    'approval.given',
    {
      proves: 'With the claim `approval` the same action is looked at: its own refusals come, not this one.',
      mend: 'Take the claim `approval` of a token that passed every check.',
    },
    async (product) => {
      const claims = approvedBy('01930000-0000-7000-8000-0000000005ec');
      const answer = await product.send(await needingApproval(product), { claims });
      must(answer.error?.code !== 'APPROVAL_REQUIRED', 'it was refused with APPROVAL_REQUIRED all the same');
    },
  ),
  criterion(
    'approval.second_person',
    {
      proves: 'An approval by the operator of the token is none: APPROVAL_REQUIRED.',
      mend: 'Compare `approval.by.sub` with `sub`.',
    },
    async (product) => {
      const claims = approvedBy(operator.sub);
      mustRefuse(await product.send(await needingApproval(product), { claims }), 403, 'APPROVAL_REQUIRED');
    },
  ),
];
