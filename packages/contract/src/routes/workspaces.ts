import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { userStates, workspaceRoles, workspaceSorts } from '../vocabulary.ts';
import { displayName, email, freeText, id, instant, slug, wire } from '../wire.ts';
import { forAdministrators, idParams, memberParams } from './audience.ts';

const description = freeText(500);
const workspaceFields = {
  id,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  createdAt: instant,
  updatedAt: instant,
};

/** A workspace, as a list shows it. */
export const Workspace = wire({ ...workspaceFields, memberCount: z.int(), groupCount: z.int() });
export type Workspace = z.output<typeof Workspace>;

/** A person in a workspace, with their role there. */
export const Member = wire({
  userId: id,
  email: z.string(),
  name: z.string(),
  state: z.enum(userStates),
  role: z.enum(workspaceRoles),
  joinedAt: instant,
});
export type Member = z.output<typeof Member>;

/** A group of members of one workspace. */
export const Group = wire({
  id,
  workspaceId: id,
  name: z.string(),
  description: z.string(),
  memberCount: z.int(),
  /** Custom roles that it holds. */
  roleCount: z.int(),
  /** What is shared with it: counted up to 1,000. */
  shareCount: z.int(),
  createdAt: instant,
});
export type Group = z.output<typeof Group>;

/** A workspace with its settings and counts. */
export const WorkspaceDetail = wire({
  ...workspaceFields,
  memberCount: z.int(),
  groupCount: z.int(),
  /** Custom roles. */
  roleCount: z.int(),
  /** Members by workspace role. */
  roles: z.strictObject({ owner: z.int(), admin: z.int(), editor: z.int(), viewer: z.int() }),
  /** What deleting it would end. */
  sessionCount: z.int(),
  /** The first 100 of each, by name; the lists have the rest. */
  members: z.array(Member),
  groups: z.array(Group),
});
export type WorkspaceDetail = z.output<typeof WorkspaceDetail>;

export const workspacesList = defineRoute({
  ...forAdministrators,
  id: 'workspaces.list',
  method: 'GET',
  path: '/admin/workspaces',
  summary: 'Workspaces, with search by the beginning of any word of name or slug',
  query: wire({ ...listQuery, sort: z.enum(workspaceSorts).optional() }),
  success: [200, pageOf(Workspace)],
});

export const workspacesAll = defineRoute({
  ...forAdministrators,
  id: 'workspaces.all',
  method: 'GET',
  path: '/admin/workspaces/all',
  summary: 'Workspaces for a drop-down: id, slug and name, the first 1,000 that match',
  query: wire({ search: listQuery.search }),
  success: [200, wire({ items: z.array(wire({ id, slug: z.string(), name: z.string() })), total: z.int() })],
});

export const workspacesCreate = defineRoute({
  ...forAdministrators,
  id: 'workspaces.create',
  method: 'POST',
  path: '/admin/workspaces',
  summary: 'Create a workspace; its slug stays for good',
  body: wire({ name: displayName, slug, description: description.optional() }),
  success: [201, WorkspaceDetail],
  errors: ['slug_taken'],
  idempotent: true,
});

export const workspacesRead = defineRoute({
  ...forAdministrators,
  id: 'workspaces.read',
  method: 'GET',
  path: '/admin/workspaces/{id}',
  summary: 'One workspace: settings, members, groups, counts',
  params: idParams,
  success: [200, WorkspaceDetail],
  errors: ['not_found'],
});

export const workspacesUpdate = defineRoute({
  ...forAdministrators,
  id: 'workspaces.update',
  method: 'PATCH',
  path: '/admin/workspaces/{id}',
  summary: 'Edit name and description',
  params: idParams,
  body: wire({ name: displayName.optional(), description: description.optional() }),
  success: [200, WorkspaceDetail],
  errors: ['not_found'],
});

export const workspacesDelete = defineRoute({
  ...forAdministrators,
  id: 'workspaces.delete',
  method: 'DELETE',
  path: '/admin/workspaces/{id}',
  summary:
    'Delete a workspace with its memberships, groups, roles, resources and sessions; accounts and activity stay',
  params: idParams,
  success: [204, null],
  errors: ['not_found'],
});

export const workspacesExport = defineRoute({
  ...forAdministrators,
  id: 'workspaces.export',
  method: 'GET',
  path: '/admin/workspaces/export',
  summary: 'Workspaces as CSV, streamed',
  gives: 'csv',
  success: [200, null],
});

export const membersList = defineRoute({
  ...forAdministrators,
  id: 'members.list',
  method: 'GET',
  path: '/admin/workspaces/{id}/members',
  summary: 'Members of a workspace, by name',
  params: idParams,
  query: wire({ ...listQuery, role: z.enum(workspaceRoles).optional() }),
  success: [200, pageOf(Member)],
  errors: ['not_found'],
});

export const membersInvite = defineRoute({
  ...forAdministrators,
  id: 'members.invite',
  method: 'POST',
  path: '/admin/workspaces/{id}/members/invite',
  summary: 'Add somebody by e-mail; who has no account gets one and a link to set a password',
  params: idParams,
  body: wire({ email, role: z.enum(workspaceRoles), name: displayName.optional() }),
  success: [201, Member],
  errors: ['not_found', 'already_member'],
  idempotent: true,
});

export const membersUpdate = defineRoute({
  ...forAdministrators,
  id: 'members.update',
  method: 'PATCH',
  path: '/admin/workspaces/{id}/members/{uid}',
  summary: 'Change the role of a member',
  params: memberParams,
  body: wire({ role: z.enum(workspaceRoles) }),
  success: [200, Member],
  errors: ['not_found', 'last_owner'],
});

export const membersRemove = defineRoute({
  ...forAdministrators,
  id: 'members.remove',
  method: 'DELETE',
  path: '/admin/workspaces/{id}/members/{uid}',
  summary: 'Remove a member with their groups, roles, shares and sessions in this workspace',
  params: memberParams,
  success: [204, null],
  errors: ['not_found', 'last_owner'],
});

export const groupsList = defineRoute({
  ...forAdministrators,
  id: 'groups.list',
  method: 'GET',
  path: '/admin/workspaces/{id}/groups',
  summary: 'Groups of a workspace, by name',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(Group)],
  errors: ['not_found'],
});

export const groupsCreate = defineRoute({
  ...forAdministrators,
  id: 'groups.create',
  method: 'POST',
  path: '/admin/workspaces/{id}/groups',
  summary: 'Create a group in a workspace',
  params: idParams,
  body: wire({ name: displayName, description: description.optional() }),
  success: [201, Group],
  errors: ['not_found', 'group_name_taken'],
  idempotent: true,
});

export const groupsUpdate = defineRoute({
  ...forAdministrators,
  id: 'groups.update',
  method: 'PATCH',
  path: '/admin/groups/{id}',
  summary: 'Edit name and description of a group',
  params: idParams,
  body: wire({ name: displayName.optional(), description: description.optional() }),
  success: [200, Group],
  errors: ['not_found', 'group_name_taken'],
});

export const groupsDelete = defineRoute({
  ...forAdministrators,
  id: 'groups.delete',
  method: 'DELETE',
  path: '/admin/groups/{id}',
  summary:
    'Delete a group with the roles it holds and what is shared with it; its members stay in the workspace',
  params: idParams,
  success: [204, null],
  errors: ['not_found'],
});

export const groupMembersList = defineRoute({
  ...forAdministrators,
  id: 'group_members.list',
  method: 'GET',
  path: '/admin/groups/{id}/members',
  summary: 'Members of a group, by name',
  params: idParams,
  query: wire(listQuery),
  success: [200, pageOf(Member)],
  errors: ['not_found'],
});

export const groupMembersAdd = defineRoute({
  ...forAdministrators,
  id: 'group_members.add',
  method: 'POST',
  path: '/admin/groups/{id}/members/{uid}',
  summary: 'Add a member of the workspace to a group; nothing happens when they are in it',
  params: memberParams,
  success: [204, null],
  errors: ['not_found'],
});

export const groupMembersRemove = defineRoute({
  ...forAdministrators,
  id: 'group_members.remove',
  method: 'DELETE',
  path: '/admin/groups/{id}/members/{uid}',
  summary: 'Take a member out of a group',
  params: memberParams,
  success: [204, null],
  errors: ['not_found'],
});
