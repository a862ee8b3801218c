import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { ProductCalls } from '../products/product-calls.ts';

/** What impersonation stands on. */
export interface ImpersonationDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly products: Pick<ProductCalls, 'call'>;
  /** Whose next sign-in makes them an administrator (P3). */
  readonly adminEmails: readonly string[];
}
