import { actionsRegister, type RegisteredAction } from '@castellan/contract';
import { listOf, readAction, textsOf, understand } from './access-answer.ts';
import type { Platform } from './platform.ts';

/** One thing that the service can do, as roles name it: `orders:refund`. */
export interface NewAction {
  readonly name: string;
  /** What it does, for those who put roles together. */
  readonly description?: string;
}

/** What a registration did, by name, and all that is registered now. */
export interface ActionsRegistered {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  /** Left out, and refused to everybody from now on; roles keep them for when they come back. */
  readonly withdrawn: readonly string[];
  readonly actions: readonly RegisteredAction[];
}

/** The actions of a service. */
export interface Actions {
  /**
   * Makes the registered actions these, all of them: one that is left out is refused to everybody. Done twice it is done,
   * so call it at each start. Throws `RefusedError`, `UnavailableError`, `RateLimitError` or `ServiceKeyError`.
   *
   * @example
   * await castellan.actions.register([{ name: 'orders:refund', description: 'Give money back' }]);
   */
  register(actions: readonly NewAction[]): Promise<ActionsRegistered>;
}

/** The actions of the service behind `platform`. */
export function createActions(platform: Platform): Actions {
  return {
    async register(actions) {
      const named = actions.map(({ name, description }) => ({ name, description }));
      const answer = await platform.send(actionsRegister.method, actionsRegister.path, { actions: named });
      return understand(answer, (told) => ({
        added: textsOf(told.added),
        updated: textsOf(told.updated),
        withdrawn: textsOf(told.withdrawn),
        actions: listOf(told.actions, readAction),
      }));
    },
  };
}
