/** Roles of operators, from most to least (A10). */
export const operatorRoles = ['owner', 'admin', 'support'] as const;
/** One role. */
export type OperatorRole = (typeof operatorRoles)[number];

const ranks: Readonly<Record<OperatorRole, number>> = { owner: 3, admin: 2, support: 1 };

/** Whether `held` is at least `required`. */
export function operatorRoleSatisfies(held: OperatorRole, required: OperatorRole): boolean {
  return ranks[held] >= ranks[required];
}

/** Stands for every service, those to come as well, where a service's id would stand. */
export const everyService = '*';
