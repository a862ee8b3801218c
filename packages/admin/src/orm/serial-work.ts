import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs work on one thing one after the other. An SQLite connection has one transaction at a time, and whatever else runs on
 * it meanwhile would become part of it.
 */
export class SerialWork {
  readonly #tails = new WeakMap<object, Promise<unknown>>();
  readonly #held = new AsyncLocalStorage<ReadonlySet<object>>();

  /** Runs `work` when everything before it on the same `thing` has ended, well or badly; at once inside of such work. */
  async run<T>(thing: object, work: () => Promise<T>): Promise<T> {
    const held = this.#held.getStore();
    if (held?.has(thing)) return work();
    const mineToHold = () => this.#held.run(new Set([...(held ?? []), thing]), work);
    const before = this.#tails.get(thing) ?? Promise.resolve();
    const mine = before.then(mineToHold, mineToHold);
    this.#tails.set(
      thing,
      mine.catch(() => {}),
    );
    return mine;
  }
}
