import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { displayName, freeText, id, instant, queryBoolean, wire } from '../wire.ts';
import { RegisteredAction } from './access.ts';
import { forAdministrators, idParams, memberParams } from './audience.ts';
import { Group, Member } from './workspaces.ts';

const description = freeText(500);

/** An action of a service, with the service and how many roles hold it. */
export const ServiceAction = wire({
  ...RegisteredAction.shapeOf,
  serviceId: id,
  service: z.string(),
  roleCount: z.int(),
});
export type ServiceAction = z.output<typeof ServiceAction>;

/** A custom role of a workspace: a set of actions, given to members and groups (P8). */
export const Role = wire({
  id,
  workspaceId: id,
  name: z.string(),
  description: z.string(),
  actionCount: z.int(),
  /** Members that hold it themselves; those that hold it by a group are not counted. */
  memberCount: z.int(),
  groupCount: z.int(),
  createdAt: instant,
  updatedAt: instant,
});
export type Role = z.output<typeof Role>;

export const serviceActionsList = defineRoute({
  ...forAdministrators,
  id: 'service_actions.list',
  method: 'GET',
  path: '/admin/service-actions',
  summary: 'Actions that services registered, by service and name',
  query: wire({ ...listQuery, service: z.string().max(63).optional(), absent: queryBoolean.optional() }),
  success: [200, pageOf(ServiceAction)],
});

export const rolesList = defineRoute({
  ...forAdministrators,
  id: 'roles.list',
  method: 'GET',
  path: '/admin/workspaces/{id}/roles',
  summary: 'Custom roles of a workspace, by name, with counts',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(Role)],
  errors: ['not_found'],
});

export const rolesCreate = defineRoute({
  ...forAdministrators,
  id: 'roles.create',
  method: 'POST',
  path: '/admin/workspaces/{id}/roles',
  summary: 'Create a role in a workspace, with its first actions',
  params: idParams,
  body: wire({
    name: displayName,
    description: description.optional(),
    actionIds: z.array(id).max(500).optional(),
  }),
  success: [201, Role],
  errors: ['not_found', 'role_name_taken'],
  idempotent: true,
});

export const rolesRead = defineRoute({
  ...forAdministrators,
  id: 'roles.read',
  method: 'GET',
  path: '/admin/roles/{id}',
  summary: 'One role with its counts',
  params: idParams,
  success: [200, Role],
  errors: ['not_found'],
});

export const rolesUpdate = defineRoute({
  ...forAdministrators,
  id: 'roles.update',
  method: 'PATCH',
  path: '/admin/roles/{id}',
  summary: 'Edit name and description of a role',
  params: idParams,
  body: wire({ name: displayName.optional(), description: description.optional() }),
  success: [200, Role],
  errors: ['not_found', 'role_name_taken'],
});

export const rolesDelete = defineRoute({
  ...forAdministrators,
  id: 'roles.delete',
  method: 'DELETE',
  path: '/admin/roles/{id}',
  summary: 'Delete a role; whoever held its actions only by it loses them at once',
  params: idParams,
  success: [204, null],
  errors: ['not_found'],
});

export const roleActionsList = defineRoute({
  ...forAdministrators,
  id: 'role_actions.list',
  method: 'GET',
  path: '/admin/roles/{id}/actions',
  summary: 'Actions of a role, by service and name',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(ServiceAction)],
  errors: ['not_found'],
});

export const roleActionsAdd = defineRoute({
  ...forAdministrators,
  id: 'role_actions.add',
  method: 'POST',
  path: '/admin/roles/{id}/actions',
  summary: 'Add actions to a role; those it has stay',
  params: idParams,
  body: wire({ actionIds: z.array(id).min(1).max(500) }),
  success: [200, Role],
  errors: ['not_found'],
});

export const roleActionsRemove = defineRoute({
  ...forAdministrators,
  id: 'role_actions.remove',
  method: 'DELETE',
  path: '/admin/roles/{id}/actions/{said}',
  summary: 'Take an action out of a role',
  params: wire({ id, said: id }),
  success: [204, null],
  errors: ['not_found'],
});

export const roleMembersList = defineRoute({
  ...forAdministrators,
  id: 'role_members.list',
  method: 'GET',
  path: '/admin/roles/{id}/members',
  summary: 'Members who hold a role themselves, by name',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(Member)],
  errors: ['not_found'],
});

export const roleMembersAdd = defineRoute({
  ...forAdministrators,
  id: 'role_members.add',
  method: 'POST',
  path: '/admin/roles/{id}/members/{uid}',
  summary: 'Give a role to a member of its workspace; nothing happens when they hold it',
  params: memberParams,
  success: [204, null],
  errors: ['not_found'],
});

export const roleMembersRemove = defineRoute({
  ...forAdministrators,
  id: 'role_members.remove',
  method: 'DELETE',
  path: '/admin/roles/{id}/members/{uid}',
  summary: 'Take a role from a member',
  params: memberParams,
  success: [204, null],
  errors: ['not_found'],
});

const groupParams = wire({ id, gid: id });

export const roleGroupsList = defineRoute({
  ...forAdministrators,
  id: 'role_groups.list',
  method: 'GET',
  path: '/admin/roles/{id}/groups',
  summary: 'Groups that hold a role, by name',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(Group)],
  errors: ['not_found'],
});

export const roleGroupsAdd = defineRoute({
  ...forAdministrators,
  id: 'role_groups.add',
  method: 'POST',
  path: '/admin/roles/{id}/groups/{gid}',
  summary: 'Give a role to a group of its workspace; nothing happens when it holds it',
  params: groupParams,
  success: [204, null],
  errors: ['not_found'],
});

export const roleGroupsRemove = defineRoute({
  ...forAdministrators,
  id: 'role_groups.remove',
  method: 'DELETE',
  path: '/admin/roles/{id}/groups/{gid}',
  summary: 'Take a role from a group',
  params: groupParams,
  success: [204, null],
  errors: ['not_found'],
});

/** The routes of roles and service actions in the admin API. */
export const rolesRoutes = [
  serviceActionsList,
  rolesList,
  rolesCreate,
  rolesRead,
  rolesUpdate,
  rolesDelete,
  roleActionsList,
  roleActionsAdd,
  roleActionsRemove,
  roleMembersList,
  roleMembersAdd,
  roleMembersRemove,
  roleGroupsList,
  roleGroupsAdd,
  roleGroupsRemove,
] as const;
