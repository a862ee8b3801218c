import type { Logger } from 'pino';
import { activityRoutes } from './domains/activity/routes.ts';
import { approvalRoutes } from './domains/approvals/routes.ts';
import { clientRoutes } from './domains/clients/routes.ts';
import { dashboardRoutes } from './domains/dashboard/routes.ts';
import { impersonationRoutes } from './domains/impersonation/routes.ts';
import { importRoutes } from './domains/imports/routes.ts';
import { mailboxRoutes } from './domains/mailbox/routes.ts';
import { operatorRoutes } from './domains/operators/routes.ts';
import { permissionRoutes } from './domains/permissions/routes.ts';
import { createProductCalls } from './domains/products/product-calls.ts';
import { startReconciler } from './domains/products/reconcile-intents.ts';
import { productRoutes } from './domains/products/routes.ts';
import { roleRoutes } from './domains/roles/routes.ts';
import { serviceRoutes } from './domains/services/routes.ts';
import { userRoutes } from './domains/users/routes.ts';
import { workspaceRoutes } from './domains/workspaces/routes.ts';
import type { Clock } from './platform/clock.ts';
import type { Settings } from './platform/config.ts';
import type { Database } from './platform/database/transaction.ts';
import { createAddressCheck } from './platform/http/guarded-fetch.ts';
import type { Implementation } from './platform/http/implementation.ts';
import type { Cursors } from './platform/http/keyset.ts';
import type { Metrics } from './platform/http/metrics.ts';
import type { Jwts } from './platform/keys/jwt.ts';
import type { SigningKeys } from './platform/keys/signing-keys.ts';
import type { Vault } from './platform/secrets/vault.ts';

/** What operators meet in the console: what Castellan holds, and the data of products. One part of the composition root. */
export function operatorParts(parts: {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly keys: SigningKeys;
  readonly jwts: Jwts;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Whether mail leaves, rather than wait in the mailbox. */
  readonly delivers: boolean;
  readonly nudgeImports: () => void;
}): {
  readonly implementations: Implementation[];
  /** Begins to look up what became of changes that products did not answer. */
  startReconciler(): { stop(): Promise<void> };
} {
  const { settings, database, clock, vault, cursors, keys, jwts, metrics, log, delivers } = parts;
  const publicUrl = settings.PUBLIC_URL;
  const calls = createProductCalls({
    jwts,
    clock,
    issuer: publicUrl,
    allow: settings.OUTBOUND_ALLOW,
    timeoutMs: settings.PRODUCT_TIMEOUT_SECONDS * 1000,
    metrics,
    log,
  });
  const problemOfAddress = createAddressCheck(settings.OUTBOUND_ALLOW);
  return {
    implementations: [
      ...userRoutes({ database, vault, cursors, clock }),
      ...workspaceRoutes({ database, vault, cursors, clock }),
      ...roleRoutes({ database, cursors }),
      ...operatorRoutes({ database, cursors }),
      ...permissionRoutes({ database, cursors }),
      ...activityRoutes({ database, cursors }),
      ...dashboardRoutes({ database, clock }),
      ...serviceRoutes({ database, cursors, problemOfAddress }),
      ...clientRoutes({ database, cursors, clock, keys }),
      ...importRoutes({ database, cursors, nudgeRunner: parts.nudgeImports }),
      ...mailboxRoutes({ database, vault, cursors, clock, delivers, publicUrl }),
      ...productRoutes({ database, cursors, calls, problemOfAddress, log }),
      ...approvalRoutes({ database, cursors, clock }),
      ...impersonationRoutes({
        database,
        clock,
        cursors,
        products: calls,
        adminEmails: settings.ADMIN_EMAILS,
      }),
    ],
    startReconciler: () => startReconciler({ database, calls, clock, log }),
  };
}
