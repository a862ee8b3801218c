import type { ResourcePermission, UserState, Visibility, WorkspaceRole } from '@castellan/contract';

/** A small world of people, workspaces and one service's resources, as plain lists: what a test makes up and writes to a database. */
export interface AccessWorld {
  readonly serviceId: string;
  readonly serviceName: string;
  readonly users: readonly { readonly id: string; readonly state: UserState }[];
  readonly workspaces: readonly WorldWorkspace[];
  readonly actions: readonly WorldAction[];
  readonly types: readonly { readonly id: string; readonly name: string }[];
  readonly resources: readonly WorldResource[];
}

/** What the service can do; `absent` for what it names no more. */
export interface WorldAction {
  readonly id: string;
  readonly name: string;
  readonly absent: boolean;
}

/** A workspace with everything that lives in it. */
export interface WorldWorkspace {
  readonly id: string;
  readonly members: readonly { readonly userId: string; readonly role: WorkspaceRole }[];
  readonly groups: readonly {
    readonly id: string;
    readonly name: string;
    readonly userIds: readonly string[];
  }[];
  readonly roles: readonly {
    readonly id: string;
    readonly name: string;
    /** Names of actions. */
    readonly actions: readonly string[];
    readonly userIds: readonly string[];
    readonly groupIds: readonly string[];
  }[];
}

/** One resource with its shares. */
export interface WorldResource {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly workspaceId: string;
  readonly ownerId: string | null;
  readonly visibility: Visibility;
  readonly shares: readonly WorldShare[];
}

/** With whom, and for what: exactly one of the two ids is there. */
export interface WorldShare {
  readonly userId: string | null;
  readonly groupId: string | null;
  readonly permission: ResourcePermission;
}
