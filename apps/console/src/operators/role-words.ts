import type { OperatorRole } from '@castellan/contract';
import type { Meaning } from '@castellan/ui';

/** The roles of operators as pages name them, the greatest first. */
export const operatorRoleLabels: Readonly<Record<OperatorRole, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  support: 'Support',
};

/** What each role may do at a product, unless the product asks for another one. */
export const operatorRoleWords: Readonly<Record<OperatorRole, string>> = {
  owner: 'Reads, changes and deletes, runs every action, and decides who else is an operator here.',
  admin: 'Reads, creates and changes rows, and runs most actions.',
  support: 'Reads, and runs the actions that are open to support.',
};

/** How much a role stands out. */
export const operatorRoleMeanings: Readonly<Record<OperatorRole, Meaning>> = {
  owner: 'warning',
  admin: 'info',
  support: 'neutral',
};

/** A service in words; `null` is all of them. */
export const serviceWords = (service: { readonly name: string } | null): string =>
  service === null ? 'Every service' : service.name;

/** Where somebody has a role, in the middle of a sentence. */
export const serviceInSentence = (service: { readonly name: string } | null): string =>
  service === null ? 'every service' : service.name;

/** That somebody has a role from now on. */
export const isNow = (name: string, role: OperatorRole, service: { readonly name: string } | null): string =>
  `${name} is ${operatorRoleLabels[role].toLowerCase()} of ${serviceInSentence(service)} now`;
