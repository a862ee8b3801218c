import { z } from 'zod';
import { defineRoute } from '../route.ts';
import {
  missingFacts,
  pathStepKinds,
  resourcePermissions,
  resourceRights,
  visibilities,
} from '../vocabulary.ts';
import { freeText, id, instant, wire } from '../wire.ts';
import { inactiveReasons } from './sessions.ts';

/** What every route of the access API shares: a service asks, with its key, about its own actions and resources. */
const forServices = { listener: 'public', auth: ['service_key'], permission: 'service' } as const;

/** `orders:refund`: lower-case words with `:`, `.`, `_` or `-` between them, 1–100 characters. */
export const actionName = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9]+(?:[:._-][a-z0-9]+)*$/,
    'use lower-case words with : . _ or - between them, as in orders:refund',
  );
/** `order`: what kind of thing a resource is. */
export const resourceType = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, 'use lower-case words with . _ or - between them, as in order');
/** The id that a service has for a resource: 1–200 characters, none of them invisible. */
export const resourceKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

/** The most checks in one call. */
export const checkLimit = 100;
/** Why a token is not taken: the refusal names the field `token`, so that it is not mistaken for one of the service's own key. */
const tokenErrors = inactiveReasons;

/**
 * About whom a service asks: by the access token that the person sent it (what the token was granted counts then, too),
 * or by id. `workspace_id` confines the answer to one workspace; a token brings its own.
 */
const subject = {
  token: z.string().max(4096).optional(),
  userId: id.optional(),
  workspaceId: id.optional(),
};

/** One step of the path that leads to a yes: `group Finance`, `role Approver`, `action orders:refund`. */
export const PathStep = wire({ kind: z.enum(pathStepKinds), id: id.optional(), name: z.string() });
export type PathStep = z.output<typeof PathStep>;

/** An answer: allowed, by which path, or not, for want of what. */
export const AccessDecision = wire({
  allowed: z.boolean(),
  /** Of a yes: how it comes about, first what the person holds. */
  path: z.array(PathStep),
  /** Of a no: what a yes would need. */
  missing: z.array(z.enum(missingFacts)),
});
export type AccessDecision = z.output<typeof AccessDecision>;

/** Why a question of many has no decision: what it names is unknown, or its token is not live. */
export const undecidedReasons = [...inactiveReasons, 'action_unknown', 'resource_type_unknown'] as const;

/** An answer among many: one question that can't be decided is a no with its reason, and the others are answered. */
export const AccessAnswer = wire({
  ...AccessDecision.shapeOf,
  code: z.enum(undecidedReasons).optional(),
});
export type AccessAnswer = z.output<typeof AccessAnswer>;

export const accessCheck = defineRoute({
  ...forServices,
  id: 'access.check',
  method: 'POST',
  path: '/v1/access/check',
  summary:
    'Ask up to 100 things at once, each about a person of its own: an action of the service in a workspace, or a right to one of its resources',
  body: wire({
    checks: z
      .array(
        wire({
          ...subject,
          /** Of a question about an action. */
          action: z.string().max(200).optional(),
          /** Of a question about a resource: all three. */
          type: z.string().max(200).optional(),
          id: z.string().max(400).optional(),
          permission: z.enum(resourceRights).optional(),
        }),
      )
      .min(1)
      .max(checkLimit, `at most ${checkLimit} checks in one call`),
  }),
  bodyLimitBytes: 768 * 1024,
  /** In the order of `checks`. */
  success: [200, wire({ results: z.array(AccessAnswer) })],
});

/** What a service can do, as it registered it. */
export const RegisteredAction = wire({
  id,
  name: z.string(),
  description: z.string(),
  createdAt: instant,
  absentSince: instant.nullable(),
});
export type RegisteredAction = z.output<typeof RegisteredAction>;

export const actionsRegister = defineRoute({
  ...forServices,
  id: 'actions.register',
  method: 'POST',
  path: '/roles/actions',
  summary:
    'Register everything that the service can do; done twice it is done. An action that is left out is refused to everybody from then on, and kept for when it comes back',
  body: wire({
    actions: z.array(wire({ name: actionName, description: freeText(300).optional() })).max(1000),
  }),
  bodyLimitBytes: 512 * 1024,
  success: [
    200,
    wire({
      added: z.array(z.string()),
      updated: z.array(z.string()),
      /** Marked as absent by this call. */
      withdrawn: z.array(z.string()),
      actions: z.array(RegisteredAction),
    }),
  ],
});

export const actionsCheck = defineRoute({
  ...forServices,
  id: 'actions.check',
  method: 'POST',
  path: '/roles/check-action',
  summary: 'Ask whether a person may do one of the service’s actions in a workspace, now',
  body: wire({ ...subject, action: z.string().max(200) }),
  success: [200, AccessDecision],
  errors: ['action_unknown', ...tokenErrors],
});

export const actionsOfUser = defineRoute({
  ...forServices,
  id: 'actions.of_user',
  method: 'POST',
  path: '/roles/user-actions',
  summary: 'All actions of the service that a person may do in a workspace, now, by name',
  body: wire(subject),
  success: [200, wire({ actions: z.array(z.string()) })],
  errors: [...tokenErrors],
});

/** A resource as its service registers it. */
const NewResource = wire({
  type: resourceType,
  id: resourceKey,
  workspaceId: id,
  ownerId: id.optional(),
  visibility: z.enum(visibilities).optional(),
});

/** With whom a resource is shared. */
export const ResourceShare = wire({
  userId: id.optional(),
  groupId: id.optional(),
  name: z.string(),
  permission: z.enum(resourcePermissions),
  createdAt: instant,
});
export type ResourceShare = z.output<typeof ResourceShare>;

/** A resource with all that decides who may do what to it. */
export const ResourceDetail = wire({
  permissionId: id,
  type: z.string(),
  id: z.string(),
  workspaceId: id,
  workspaceName: z.string(),
  ownerId: id.nullable(),
  ownerName: z.string().nullable(),
  visibility: z.enum(visibilities),
  /** The first 200, people before groups, by name. */
  shares: z.array(ResourceShare),
  shareCount: z.int(),
  createdAt: instant,
  updatedAt: instant,
});
export type ResourceDetail = z.output<typeof ResourceDetail>;

export const resourcesRegister = defineRoute({
  ...forServices,
  id: 'resources.register',
  method: 'POST',
  path: '/permissions/register',
  summary:
    'Register resources, up to 100 at once: whose they are, in which workspace, who sees them. What is registered already is left as it is',
  body: wire({
    resources: z.array(NewResource).min(1).max(checkLimit, `at most ${checkLimit} resources in one call`),
  }),
  success: [
    200,
    wire({
      /** In the order of `resources`. */
      results: z.array(wire({ type: z.string(), id: z.string(), permissionId: id, created: z.boolean() })),
    }),
  ],
  errors: ['not_found', 'resource_elsewhere', 'not_member'],
});

export const resourcesCheck = defineRoute({
  ...forServices,
  id: 'resources.check',
  method: 'POST',
  path: '/permissions/check',
  summary: 'Ask what a person may do to resources of the service, now; up to 100 at once',
  body: wire({
    ...subject,
    checks: z
      .array(wire({ type: z.string().max(200), id: z.string().max(400), permission: z.enum(resourceRights) }))
      .min(1)
      .max(checkLimit, `at most ${checkLimit} checks in one call`),
  }),
  bodyLimitBytes: 256 * 1024,
  /** In the order of `checks`. */
  success: [200, wire({ results: z.array(AccessDecision) })],
  errors: ['resource_type_unknown', ...tokenErrors],
});

export const resourcesAccessible = defineRoute({
  ...forServices,
  id: 'resources.accessible',
  method: 'POST',
  path: '/permissions/accessible',
  summary:
    'The resources of one type that a person has a right to, a page at a time; `all` for who may everything in the workspace',
  body: wire({
    ...subject,
    type: z.string().max(200),
    permission: z.enum(resourceRights),
    limit: z.int().min(1).max(1000).optional(),
    cursor: z.string().max(1000).optional(),
  }),
  success: [200, wire({ all: z.boolean(), ids: z.array(z.string()), nextCursor: z.string().optional() })],
  errors: ['resource_type_unknown', ...tokenErrors],
});

const resourceParams = wire({ type: resourceType, rid: resourceKey });
/** The person in whose name a service changes something: they need the right to, and are named in the timeline. */
const inTheNameOf = { token: z.string().max(4096).optional() };
/** One person or one group, never both. */
export const grantee = { userId: id.optional(), groupId: id.optional() };

export const resourcesRead = defineRoute({
  ...forServices,
  id: 'resources.read',
  method: 'GET',
  path: '/permissions/{type}/{rid}',
  summary: 'One resource of the service, with names of its owner, workspace and shares',
  params: resourceParams,
  success: [200, ResourceDetail],
  errors: ['not_found'],
});

export const resourcesRemove = defineRoute({
  ...forServices,
  id: 'resources.remove',
  method: 'DELETE',
  path: '/permissions/{type}/{rid}',
  summary: 'Remove a resource with its shares; from then on every check of it is a no',
  params: resourceParams,
  takesPersonToken: true,
  success: [204, null],
  errors: ['not_found', 'forbidden', ...tokenErrors],
});

export const resourcesSetVisibility = defineRoute({
  ...forServices,
  id: 'resources.set_visibility',
  method: 'PATCH',
  path: '/permissions/{type}/{rid}/visibility',
  summary: 'Show a resource to every member of its workspace, or to nobody beyond its shares',
  params: resourceParams,
  body: wire({ ...inTheNameOf, visibility: z.enum(visibilities) }),
  success: [200, ResourceDetail],
  errors: ['not_found', 'forbidden', ...tokenErrors],
});

export const resourcesShare = defineRoute({
  ...forServices,
  id: 'resources.share',
  method: 'POST',
  path: '/permissions/{type}/{rid}/share',
  summary: 'Share a resource with one member or group of its workspace; sharing again changes the permission',
  params: resourceParams,
  body: wire({ ...inTheNameOf, ...grantee, permission: z.enum(resourcePermissions) }),
  success: [200, ResourceDetail],
  errors: ['not_found', 'forbidden', ...tokenErrors],
});

export const resourcesUnshare = defineRoute({
  ...forServices,
  id: 'resources.unshare',
  method: 'DELETE',
  path: '/permissions/{type}/{rid}/share',
  summary: 'Take back what was shared with one member or group; done twice it is done',
  params: resourceParams,
  query: wire(grantee),
  takesPersonToken: true,
  success: [204, null],
  errors: ['not_found', 'forbidden', ...tokenErrors],
});

/** The routes by which services register and ask. */
export const accessRoutes = [
  accessCheck,
  actionsRegister,
  actionsCheck,
  actionsOfUser,
  resourcesRegister,
  resourcesCheck,
  resourcesAccessible,
  resourcesRead,
  resourcesRemove,
  resourcesSetVisibility,
  resourcesShare,
  resourcesUnshare,
] as const;
