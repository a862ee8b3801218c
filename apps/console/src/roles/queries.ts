import {
  roleActionsList,
  roleGroupsList,
  roleMembersList,
  rolesList,
  rolesRead,
  type ServiceAction,
} from '@castellan/contract';
import { listing, reading } from '../api/queries.ts';

/** The query of a workspace's roles. */
export const rolesOf = (workspaceId: string, search?: string) =>
  listing(rolesList, { params: { id: workspaceId }, query: { search: search || undefined } });

/** The query of one role with its counts. */
export const roleOf = (id: string) => reading(rolesRead, { params: { id } });

/** The query of a role's actions. */
export const actionsOf = (id: string) => listing(roleActionsList, { params: { id }, query: {} }, 200);

/** The query of the members who hold a role themselves. */
export const membersOf = (id: string) => listing(roleMembersList, { params: { id }, query: {} }, 50);

/** The query of the groups that hold a role. */
export const groupsOf = (id: string) => listing(roleGroupsList, { params: { id }, query: {} }, 50);

/** Actions of one service, as lists show them. */
export interface ActionsOfService {
  readonly serviceId: string;
  readonly service: string;
  readonly actions: readonly ServiceAction[];
}

/** Parts a list that is ordered by service. */
export function byService(actions: readonly ServiceAction[]): readonly ActionsOfService[] {
  const groups = new Map<string, { serviceId: string; service: string; actions: ServiceAction[] }>();
  for (const action of actions) {
    const { serviceId, service } = action;
    const held = groups.get(serviceId) ?? { serviceId, service, actions: [] };
    held.actions.push(action);
    groups.set(serviceId, held);
  }
  return [...groups.values()];
}
