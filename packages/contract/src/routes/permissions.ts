import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import {
  accessChangeKinds,
  resourcePermissions,
  resourceRights,
  visibilities,
  workspaceRoles,
} from '../vocabulary.ts';
import { id, instant, wire } from '../wire.ts';
import { AccessDecision, grantee, ResourceDetail } from './access.ts';
import { forAdministrators, idParams } from './audience.ts';

const resourceFields = {
  id,
  service: z.string(),
  type: z.string(),
  /** The service's own id for it. */
  resourceId: z.string(),
  workspaceId: id,
  workspaceName: z.string(),
  ownerId: id.nullable(),
  ownerName: z.string().nullable(),
  visibility: z.enum(visibilities),
  createdAt: instant,
};

/** A registered resource, as a list shows it. */
export const ResourcePermissions = wire({ ...resourceFields, shareCount: z.int() });
export type ResourcePermissions = z.output<typeof ResourcePermissions>;

/** A registered resource with its shares. */
export const ResourcePermissionsDetail = wire({
  ...resourceFields,
  updatedAt: instant,
  shareCount: z.int(),
  shares: ResourceDetail.shapeOf.shares,
});
export type ResourcePermissionsDetail = z.output<typeof ResourcePermissionsDetail>;

export const permissionsList = defineRoute({
  ...forAdministrators,
  id: 'permissions.list',
  method: 'GET',
  path: '/admin/permissions',
  summary: 'Registered resources, the newest first; search is by the beginning of the service’s own id',
  query: wire({
    ...listQuery,
    workspaceId: id.optional(),
    service: z.string().max(63).optional(),
    type: z.string().max(63).optional(),
    ownerId: id.optional(),
    visibility: z.enum(visibilities).optional(),
  }),
  success: [200, pageOf(ResourcePermissions)],
});

export const permissionsRead = defineRoute({
  ...forAdministrators,
  id: 'permissions.read',
  method: 'GET',
  path: '/admin/permissions/{id}',
  summary: 'One resource: owner, visibility, shares',
  params: idParams,
  success: [200, ResourcePermissionsDetail],
  errors: ['not_found'],
});

export const permissionsSetVisibility = defineRoute({
  ...forAdministrators,
  id: 'permissions.set_visibility',
  method: 'PATCH',
  path: '/admin/permissions/{id}/visibility',
  summary: 'Show a resource to every member of its workspace, or to nobody beyond its shares',
  params: idParams,
  body: wire({ visibility: z.enum(visibilities) }),
  success: [200, ResourcePermissionsDetail],
  errors: ['not_found'],
});

export const permissionsShare = defineRoute({
  ...forAdministrators,
  id: 'permissions.share',
  method: 'POST',
  path: '/admin/permissions/{id}/share',
  summary: 'Share a resource with one member or group of its workspace; sharing again changes the permission',
  params: idParams,
  body: wire({ ...grantee, permission: z.enum(resourcePermissions) }),
  success: [200, ResourcePermissionsDetail],
  errors: ['not_found'],
});

export const permissionsUnshare = defineRoute({
  ...forAdministrators,
  id: 'permissions.unshare',
  method: 'DELETE',
  path: '/admin/permissions/{id}/share',
  summary: 'Take back what was shared with one member or group',
  params: idParams,
  query: wire(grantee),
  success: [204, null],
  errors: ['not_found'],
});

/** One change that would turn a no into a yes, in the names that an operator knows. */
export const AccessChange = wire({
  kind: z.enum(accessChangeKinds),
  /**
   * What it is done to: the person (`activate_user`), the workspace (`add_member`, `create_role`, `make_workspace_admin`,
   * `register_resource`), the action (`register_action`), the role (`add_action_to_role`, `give_role`), the resource's permission id
   * (`share_resource`, `raise_share`). Absent where that is still to be made, or is no record of Castellan's.
   */
  targetId: id.optional(),
  /** Of a role that is created or gets an action: which action. */
  actionId: id.optional(),
  /** Of a person who is added to a workspace: as what, the least that is enough. */
  role: z.enum(workspaceRoles).optional(),
  /** Of a share: for what. */
  permission: z.enum(resourcePermissions).optional(),
  /** In plain words: `Give Ada the role Approver`. */
  text: z.string(),
});
export type AccessChange = z.output<typeof AccessChange>;

/** A decision with what would change it. */
export const Explanation = wire({
  ...AccessDecision.shapeOf,
  /** In plain words: `Ada is in the group Finance, which holds the role Approver, which may orders:refund.` */
  text: z.string(),
  /** Of a no: the fewest changes that make it a yes; none where nothing an operator does would. */
  changes: z.array(AccessChange),
});
export type Explanation = z.output<typeof Explanation>;

export const accessExplain = defineRoute({
  ...forAdministrators,
  id: 'access.explain',
  method: 'POST',
  path: '/admin/access/explain',
  summary: 'Why a person may do an action, or something to a resource, and if not, what would change that',
  body: wire({
    userId: id,
    service: z.string().max(63),
    /** For an action: with `workspace_id`. */
    action: z.string().max(200).optional(),
    /** Where an action would be done; confines a question about a resource, as a token of that workspace does. */
    workspaceId: id.optional(),
    /** For a resource: all three. */
    type: z.string().max(200).optional(),
    resourceId: z.string().max(400).optional(),
    permission: z.enum(resourceRights).optional(),
    /** For a delegate: the actions it was granted; what it may do is what the person may and was granted. */
    grantedActions: z.array(z.string().max(200)).max(500).optional(),
  }),
  success: [200, Explanation],
  errors: ['not_found', 'service_unknown', 'action_unknown', 'resource_type_unknown'],
});

/** A change that is not made yet, as its own route would take it. */
export const PlannedChange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('role_actions'),
    role_id: id,
    add: z.array(id).max(500).default([]),
    remove: z.array(id).max(500).default([]),
  }),
  z.strictObject({ kind: z.literal('role_deleted'), role_id: id }),
  z.strictObject({ kind: z.literal('role_member_added'), role_id: id, user_id: id }),
  z.strictObject({ kind: z.literal('role_member_removed'), role_id: id, user_id: id }),
  z.strictObject({ kind: z.literal('role_group_added'), role_id: id, group_id: id }),
  z.strictObject({ kind: z.literal('role_group_removed'), role_id: id, group_id: id }),
  z.strictObject({ kind: z.literal('group_deleted'), group_id: id }),
  z.strictObject({ kind: z.literal('group_member_added'), group_id: id, user_id: id }),
  z.strictObject({ kind: z.literal('group_member_removed'), group_id: id, user_id: id }),
  z.strictObject({ kind: z.literal('member_removed'), workspace_id: id, user_id: id }),
  z.strictObject({
    kind: z.literal('member_role_changed'),
    workspace_id: id,
    user_id: id,
    role: z.enum(workspaceRoles),
  }),
  z.strictObject({
    kind: z.literal('actions_withdrawn'),
    service_id: id,
    action_ids: z.array(id).min(1).max(500),
  }),
]);
export type PlannedChange = z.output<typeof PlannedChange>;

/** What somebody gains or loses: an action of a service, or a right to resources of a type. */
export const AccessRight = wire({
  service: z.string(),
  action: z.string().optional(),
  type: z.string().optional(),
  permission: z.enum(resourceRights).optional(),
  /** How many resources; absent for actions. */
  resources: z.int().optional(),
  /** The first of them, by the service's own ids: 20 at the most. */
  resourceIds: z.array(z.string()).optional(),
});
export type AccessRight = z.output<typeof AccessRight>;

export const accessSimulate = defineRoute({
  ...forAdministrators,
  id: 'access.simulate',
  method: 'POST',
  path: '/admin/access/simulate',
  summary: 'Who would gain or lose what by a change, before it is made; nothing is changed',
  body: wire({ change: PlannedChange }),
  success: [
    200,
    wire({
      /** The first 100 of them, by name. */
      people: z.array(
        wire({ userId: id, name: z.string(), gains: z.array(AccessRight), loses: z.array(AccessRight) }),
      ),
      /** How many gain or lose anything at all. */
      peopleCount: z.int(),
      /** Present when the change itself would be refused with this code: then nobody gains or loses anything. */
      refusal: z.enum(['last_owner']).optional(),
    }),
  ],
  errors: ['not_found'],
});

/** The routes of resource permissions in the admin API. */
export const permissionsRoutes = [
  permissionsList,
  permissionsRead,
  permissionsSetVisibility,
  permissionsShare,
  permissionsUnshare,
] as const;

/** The routes that explain a decision and simulate a change. */
export const accessExplainRoutes = [accessExplain, accessSimulate] as const;
