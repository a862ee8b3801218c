import {
  type Castellan,
  CastellanError,
  type NewAction,
  type RequestLike,
  readBearerToken,
} from '@castellan/sdk';
import type { Database } from './database/connect.ts';
import { registerAllOrders } from './orders/permissions.ts';
import { isDatabaseAway } from './problems.ts';

/** Everything that this product can do, as roles name it in Castellan. What is left out here is refused to everybody. */
export const actions = [
  { name: 'orders:read', description: 'See orders and their lines' },
  { name: 'orders:create', description: 'Take an order' },
  { name: 'orders:refund', description: 'Give money back' },
  { name: 'customers:read', description: 'See customers and how to reach them' },
] as const satisfies readonly NewAction[];

/** What the log is told with. */
interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

const retryMs = 5000;

/**
 * Tells Castellan what this product can do and which orders it has, and keeps trying while Castellan or the database is
 * away: the product starts without them, and refuses everything until they are there.
 */
export async function keepRegistering(
  castellan: Castellan,
  database: Database,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { added, updated, withdrawn } = await castellan.actions.register(actions);
      log.info({ added, updated, withdrawn }, 'Castellan knows what this product can do');
      log.info(await registerAllOrders(castellan, database), 'Castellan knows every order');
      return;
    } catch (error) {
      if (!(error instanceof CastellanError) && !isDatabaseAway(error)) throw error;
      log.warn({ err: error }, 'Castellan could not be told what there is here; trying again');
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Whether the caller may refund, so that the page offers it or not; the refund itself is guarded all the same. */
export async function mayRefund(
  castellan: Castellan,
  request: RequestLike,
  workspaceId: string,
): Promise<boolean> {
  const bearer = readBearerToken(request);
  if (bearer.kind !== 'token') return false;
  try {
    return (await castellan.can({ token: bearer.token, workspaceId }, 'orders:refund')).allowed;
  } catch (error) {
    if (error instanceof CastellanError) return false;
    throw error;
  }
}
