import type { ResourceRight } from '@castellan/contract';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Decision } from './decide.ts';

/** About whom is asked, once the credential is read. */
export interface Subject {
  readonly userId: string;
  /** The only workspace that counts: a token's own, or the one that was named. */
  readonly workspaceId: string | null;
  /** Of a delegate, what it was granted (see `AccessFacts.granted`). */
  readonly granted: ReadonlySet<string> | null;
}

/** One question of a service about one of its actions; `workspaceId` of the subject says where. */
export interface ActionQuestion {
  readonly subject: Subject;
  readonly serviceId: string;
  readonly action: string;
}

/** One question of a service about one of its resources, by the service's own id. */
export interface ResourceQuestion {
  readonly subject: Subject;
  readonly serviceId: string;
  readonly type: string;
  readonly key: string;
  readonly right: ResourceRight;
}

/** One page of resources or people, by keyset. */
export interface AccessPage {
  readonly ids: readonly string[];
  /** Where the next page begins; absent on the last one. Callers seal it before it travels. */
  readonly next?: string | undefined;
}

/**
 * What may whom: facts read fresh from the primary on every call, coalesced, decided by `decide`. `action_unknown` and
 * `resource_type_unknown` are refusals that name what is unknown, never a no.
 */
export interface Access {
  /** In the order of the questions; the questions of one call, and of others that wait at the moment, leave as one query. */
  checkActions(questions: readonly ActionQuestion[]): Promise<readonly Decision[]>;
  checkResources(questions: readonly ResourceQuestion[]): Promise<readonly Decision[]>;
  /**
   * The same inside the transaction of a write, with the rows of all its facts locked: what was taken from the subject
   * before refuses it, what is taken later waits for it. Locks the resource for the change that follows.
   */
  confirmResource(tx: Transaction, question: ResourceQuestion): Promise<Decision>;
  /** Names of the service's actions that the subject may do in its workspace, sorted. */
  actionsOf(subject: Subject, serviceId: string): Promise<readonly string[]>;
  /**
   * The resources of a type that the subject has a right to, by the ids that the service has for them, in the order of their
   * registration; `all` where that is every one in the workspace. Without a workspace, those of all the subject's workspaces.
   */
  accessible(question: {
    readonly subject: Subject;
    readonly serviceId: string;
    readonly type: string;
    readonly right: ResourceRight;
    readonly after?: string | undefined;
    readonly limit: number;
    /** Lists them also where the answer would be `all`: a search names each. */
    readonly enumerate?: boolean;
  }): Promise<AccessPage & { readonly all: boolean }>;
  /** Who has a right to a resource, by keyset of user ids. */
  subjectsOfResource(question: {
    readonly serviceId: string;
    readonly type: string;
    readonly key: string;
    readonly right: ResourceRight;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<AccessPage>;
  /** Who may do an action in a workspace, by keyset of user ids. */
  subjectsOfAction(question: {
    readonly serviceId: string;
    readonly workspaceId: string;
    readonly action: string;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<AccessPage>;
}
