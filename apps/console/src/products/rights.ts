import {
  type AdminAction,
  type AdminField,
  type AdminModel,
  createActorTokenCommand,
  type OperatorRole,
  operatorRoleSatisfies,
  revokeActorTokenCommand,
  usualBulkGate,
} from '@castellan/contract';

/** One of the five usual actions. */
export type UsualAction = Exclude<keyof AdminModel['actions'], 'bulkRun'>;

/** Whether this role is offered the action. The product refuses it all the same where it should not be. */
export function may(model: AdminModel, role: OperatorRole, action: UsualAction): boolean {
  const rule = model.actions[action];
  return rule !== null && operatorRoleSatisfies(role, rule.minRole);
}

/** The custom actions that this role is offered, on rows or on the list. */
export function customActionsFor(
  model: AdminModel,
  role: OperatorRole,
  on: 'row' | 'list',
): readonly AdminAction[] {
  return model.customActions.filter(
    ({ name, minRole, takesRow }) =>
      takesRow === (on === 'row') &&
      operatorRoleSatisfies(role, minRole) &&
      // Acting as a user has a door of its own, with a reason and a fresh proof.
      name !== createActorTokenCommand &&
      name !== revokeActorTokenCommand,
  );
}

/** What is done to several rows: one of the usual actions, or one of the product's own. */
export type BulkKind = 'update' | 'delete' | AdminAction;

/** The actions that this role is offered on several rows at once: each asks for what it does on one row, and for what `bulk_run` does. */
export function bulkKindsFor(model: AdminModel, role: OperatorRole): readonly BulkKind[] {
  if (!operatorRoleSatisfies(role, (model.actions.bulkRun ?? usualBulkGate).minRole)) return [];
  return [
    ...(may(model, role, 'update') && editableFields(model, false).length > 0 ? (['update'] as const) : []),
    ...customActionsFor(model, role, 'row').filter(({ isReadOnly }) => !isReadOnly),
    ...(may(model, role, 'delete') ? (['delete'] as const) : []),
  ];
}

/** Whether a second operator has to say yes before it is done to several rows. */
export function bulkNeedsApproval(model: AdminModel, kind: BulkKind): boolean {
  const one = typeof kind === 'string' ? model.actions[kind] : kind;
  return Boolean(one?.needsApproval || model.actions.bulkRun?.needsApproval);
}

/** The fields that this model shows at all. */
export const shownFields = (model: AdminModel): readonly AdminField[] =>
  model.fields.filter(({ isRedacted }) => !isRedacted);

/** Why a field is not edited, in words; nothing where it is. Keys are given when a row is made. */
export function readOnlyReason(field: AdminField, isNew: boolean): string | undefined {
  switch (field.readOnly) {
    case null:
      return undefined;
    case 'redacted':
      return 'Hidden: this product never shows or changes it from here.';
    case 'denied':
      return 'This product does not let operators change it.';
    case 'generated':
      return 'The database sets it.';
    case 'key':
      return isNew ? undefined : 'Part of the key: it stays as it is.';
    case 'unknown_type':
      return 'Its type can not be edited here.';
  }
}

/** The fields of a form: those that can be written. */
export function editableFields(model: AdminModel, isNew: boolean): readonly AdminField[] {
  return model.fields.filter((field) => readOnlyReason(field, isNew) === undefined);
}

/** A role in words. */
export const roleLabels: Readonly<Record<OperatorRole, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  support: 'Support',
};
