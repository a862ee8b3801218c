import {
  pathOf,
  type ResourceDetail,
  type ResourcePermission,
  type ResourceRight,
  resourcesAccessible,
  resourcesRead,
  resourcesRegister,
  resourcesRemove,
  resourcesSetVisibility,
  resourcesShare,
  resourcesUnshare,
  type Visibility,
} from '@castellan/contract';
import {
  flagOf,
  listOf,
  readDetail,
  readRegistered,
  textIfAny,
  textsOf,
  understand,
} from './access-answer.ts';
import type { AccessDecision, Ask, ResourceName, Subject } from './access-checks.ts';
import { RefusedError } from './errors.ts';
import type { Platform } from './platform.ts';

/** A resource to register. */
export interface NewResource extends ResourceName {
  readonly workspaceId: string;
  /** A member of the workspace, who may do everything to it. */
  readonly ownerId?: string;
  /** `private` unless told: nobody beyond its owner, the workspace's administrators and whom it is shared with. */
  readonly visibility?: Visibility;
}

/** One registered resource. */
export interface ResourceRegistered extends ResourceName {
  /** The id under which operators find it. */
  readonly permissionId: string;
  /** Whether it was registered by this call. */
  readonly created: boolean;
}

/** One person or one group of the resource's workspace. */
export type Grantee =
  | { readonly userId: string; readonly groupId?: never }
  | { readonly groupId: string; readonly userId?: never };

/** In whose name a service changes something: they need the right to manage the resource, and the timeline names them. */
export interface InNameOf {
  readonly token: string;
}

/** One page of resources, or `all` for somebody who has the right to every one in the workspace. */
export interface AccessiblePage {
  readonly all: boolean;
  readonly ids: readonly string[];
  /** Where the next page begins; absent on the last one. */
  readonly nextCursor?: string;
}

/**
 * The resources of a service and who may do what to them. Everything here throws `RefusedError` (its `problem` says why),
 * `UnavailableError`, `RateLimitError` or `ServiceKeyError`.
 */
export interface Permissions {
  /** Registers up to 100 resources; those that are registered stay as they are. */
  register(resources: readonly NewResource[]): Promise<readonly ResourceRegistered[]>;
  /**
   * Asks whether somebody may view, edit or manage a resource, now. Questions that wait at one moment travel together.
   *
   * @example
   * const { allowed } = await castellan.permissions.check({ token }, { type: 'order', id: '1001' }, 'edit');
   */
  check(subject: Subject, resource: ResourceName, permission: ResourceRight): Promise<AccessDecision>;
  /** The ids of the resources of one type that somebody has a right to. */
  accessible(
    subject: Subject,
    query: {
      readonly type: string;
      readonly permission: ResourceRight;
      readonly limit?: number;
      readonly cursor?: string;
    },
  ): Promise<AccessiblePage>;
  /** Shares a resource; sharing again changes the permission. */
  share(
    resource: ResourceName,
    grantee: Grantee,
    permission: ResourcePermission,
    by?: InNameOf,
  ): Promise<ResourceDetail>;
  /** Takes a share back; done twice it is done. */
  unshare(resource: ResourceName, grantee: Grantee, by?: InNameOf): Promise<void>;
  /** Shows a resource to every member of its workspace, or to nobody beyond its shares. */
  setVisibility(resource: ResourceName, visibility: Visibility, by?: InNameOf): Promise<ResourceDetail>;
  /** Removes a resource with its shares. `false` when there was none; in a person's name, none that they can see. */
  remove(resource: ResourceName, by?: InNameOf): Promise<boolean>;
  /** A resource with its owner, workspace and shares; `null` when there is none. */
  read(resource: ResourceName): Promise<ResourceDetail | null>;
}

/** The permissions of the service behind `platform`. */
export function createPermissions(platform: Platform, ask: Ask): Permissions {
  const at = (route: { readonly path: string }, { type, id }: ResourceName): string =>
    pathOf(route, { type, rid: id });
  return {
    async register(resources) {
      const named = resources.map(({ type, id, workspaceId, ownerId, visibility }) => ({
        type,
        id,
        workspace_id: workspaceId,
        owner_id: ownerId,
        visibility,
      }));
      const answer = await platform.send('POST', resourcesRegister.path, { resources: named });
      return understand(answer, ({ results }) => listOf(results, readRegistered));
    },
    check: (subject, resource, permission) => ask({ ...subject, resource, permission }),
    async accessible({ token, userId, workspaceId }, { type, permission, limit, cursor }) {
      const subject = { token, user_id: userId, workspace_id: workspaceId };
      const query = { ...subject, type, permission, limit, cursor };
      const answer = await platform.send('POST', resourcesAccessible.path, query);
      return understand(answer, (told) => {
        const nextCursor = textIfAny(told.next_cursor);
        return {
          all: flagOf(told.all),
          ids: textsOf(told.ids),
          ...(nextCursor === undefined ? {} : { nextCursor }),
        };
      });
    },
    async share(resource, { userId, groupId }, permission, by) {
      const body = { user_id: userId, group_id: groupId, permission, token: by?.token };
      return understand(await platform.send('POST', at(resourcesShare, resource), body), readDetail);
    },
    async unshare(resource, { userId, groupId }, by) {
      const query = new URLSearchParams(userId === undefined ? { group_id: groupId! } : { user_id: userId });
      await platform.remove(`${at(resourcesUnshare, resource)}?${query.toString()}`, by?.token);
    },
    async setVisibility(resource, visibility, by) {
      const body = { visibility, token: by?.token };
      return understand(await platform.send('PATCH', at(resourcesSetVisibility, resource), body), readDetail);
    },
    async remove(resource, by) {
      const removed = await orNull(
        platform.remove(at(resourcesRemove, resource), by?.token).then(() => true),
      );
      return removed ?? false;
    },
    async read(resource) {
      const answer = await orNull(platform.send('GET', at(resourcesRead, resource)));
      return answer === null ? null : understand(answer, readDetail);
    },
  };
}

/** What is not there is an answer, not an error. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RefusedError && error.problem === 'not_found') return null;
    throw error;
  }
}
