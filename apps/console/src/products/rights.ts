import {
  type AdminAction,
  type AdminField,
  type AdminModel,
  createActorTokenCommand,
  type OperatorRole,
  operatorRoleSatisfies,
  revokeActorTokenCommand,
} from '@castellan/contract';

/** One of the five usual actions. */
export type UsualAction = keyof AdminModel['actions'];

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
