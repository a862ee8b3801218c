/** Takes turns in asking products, so that one that is slow or down holds up no other. */
export interface Turns {
  /**
   * Runs work when it is this product's turn. What the work is given ends it: when nobody waits any more, or when the product took too
   * long. A product that failed is left alone for a while.
   *
   * @throws DOMException `AbortError` when nobody waits any more, `TimeoutError` for a product that took too long
   * @throws RestingError for one that is left alone
   */
  take<T>(product: string, signal: AbortSignal, work: (within: AbortSignal) => Promise<T>): Promise<T>;
}

/** The product failed a moment ago, and is not asked now. */
export class RestingError extends Error {
  override readonly name = 'RestingError';
}

interface Waiting {
  readonly product: string;
  readonly begin: () => void;
}

/**
 * Turns for many products: one call to each at a time, so many products `atOnce`, each call within its deadline.
 *
 * @param options.restMs how long a product is left alone after it failed
 */
export function createTurns(options: {
  readonly atOnce: number;
  readonly deadlineMs: number;
  readonly restMs: number;
}): Turns {
  const { atOnce, deadlineMs, restMs } = options;
  const busy = new Set<string>();
  const restingUntil = new Map<string, number>();
  let waiting: Waiting[] = [];

  const next = (): void => {
    while (busy.size < atOnce) {
      const first = waiting.find(({ product }) => !busy.has(product));
      if (!first) return;
      waiting = waiting.filter((one) => one !== first);
      busy.add(first.product);
      first.begin();
    }
  };
  const turnOf = (product: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting = waiting.filter((other) => other !== one);
        reject(signal.reason);
      };
      const one = {
        product,
        begin: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(one);
      next();
    });

  return {
    async take(product, signal, work) {
      signal.throwIfAborted();
      await turnOf(product, signal);
      try {
        if ((restingUntil.get(product) ?? 0) > Date.now()) throw new RestingError(product);
        const deadline = AbortSignal.timeout(deadlineMs);
        try {
          return await work(AbortSignal.any([signal, deadline]));
        } catch (error) {
          if (!signal.aborted) restingUntil.set(product, Date.now() + restMs);
          throw error;
        }
      } finally {
        busy.delete(product);
        next();
      }
    },
  };
}
