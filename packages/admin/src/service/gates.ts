import { type OperatorRole, operatorRoleSatisfies } from '@castellan/contract';
import { type CustomActionOptions, IntentError } from '@castellan/intents';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import { adminError } from '../errors.ts';
import { type AdministeredModel, usualGates } from '../models/administered.ts';

/** What an action asks for. */
export interface Gate {
  readonly minRole: OperatorRole;
  readonly needsApproval: boolean;
}

/** Commands that every administered model has. */
export const libraryCommands = ['bulk_preview', 'bulk_run', 'history', 'undo'] as const;

/** The gate of one action, as the product set it (A10, A20). */
export function gateOf(
  model: AdministeredModel | undefined,
  action: string,
  custom: CustomActionOptions | undefined,
): Gate {
  const own = model?.gates.get(action);
  const usual = Object.hasOwn(usualGates, action) ? usualGates[action as keyof typeof usualGates] : 'admin';
  return {
    minRole: own?.minRole ?? custom?.minRole ?? usual,
    needsApproval: own?.needsApproval ?? false,
  };
}

/** The gate of doing something to many rows: whatever doing it to one asks for, and what `bulk_run` itself does. */
export function bulkGateOf(
  model: AdministeredModel,
  action: string,
  custom: CustomActionOptions | undefined,
): Gate {
  const [one, many] = [gateOf(model, action, custom), gateOf(model, 'bulk_run', undefined)];
  return {
    minRole: operatorRoleSatisfies(one.minRole, many.minRole) ? one.minRole : many.minRole,
    needsApproval: one.needsApproval || many.needsApproval,
  };
}

/**
 * Lets the operator through, or says what is missing.
 * @throws IntentError `INSUFFICIENT_ROLE`, `DELETE_DENIED`, `APPROVAL_REQUIRED`
 */
export function pass(
  operator: AdminOperator,
  gate: Gate,
  options: { readonly deletesFrom?: AdministeredModel | undefined } = {},
): void {
  if (!operatorRoleSatisfies(operator.role, gate.minRole))
    throw new IntentError('INSUFFICIENT_ROLE', `This needs the role ${gate.minRole}.`, {
      details: { required: gate.minRole, held: operator.role },
    });
  if (options.deletesFrom?.denyDelete) throw adminError('DELETE_DENIED');
  // Of the operator's own approval nothing is left: it is no second one.
  if (gate.needsApproval && !operator.approval) throw adminError('APPROVAL_REQUIRED');
}
