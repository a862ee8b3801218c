/** Has work of one kind done one after another within this process. */
export interface Turns {
  /**
   * Does the work when all that came before it under this key is done, whatever became of that. Waiting here takes nothing,
   * where waiting for a lock of the database would take one of its few connections.
   */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Makes a keeper of turns. It spares waiting and is no lock: another process knows nothing of it, so that what has to be
 * true is still kept by the database.
 */
export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    async inTurn(key, work) {
      const before = last.get(key);
      const mine = before === undefined ? work() : before.then(work);
      const settled = mine.then(
        () => {},
        () => {},
      );
      last.set(key, settled);
      try {
        return await mine;
      } finally {
        if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}
