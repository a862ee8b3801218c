import { health, jwks, metrics, openApi, ready } from '@castellan/contract';
import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Metrics } from '../../platform/http/metrics.ts';
import { jwksMaxAgeSeconds, type SigningKeys } from '../../platform/keys/signing-keys.ts';
import { Refusal } from '../../platform/refusal.ts';
import { openApiDocument } from './open-api.ts';

/** What machines ask: keys, health, metrics, the contract itself. */
export function operationRoutes(deps: {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly metrics: Metrics;
  readonly urls: { readonly public: string; readonly admin: string };
  readonly stopping: () => boolean;
}): Implementation[] {
  // Written when somebody first reads it: it is a fifth of what putting the platform together would take.
  let document: ReturnType<typeof openApiDocument> | undefined;
  return [
    implement(jwks, async (call) => {
      call.setHeader('cache-control', `public, max-age=${jwksMaxAgeSeconds}`);
      return deps.keys.jwks();
    }),
    implement(health, async () => ({ status: 'ok' as const })),
    implement(ready, async () => {
      if (deps.stopping()) throw new Refusal('unavailable', { detail: 'This process is stopping.' });
      await deps.database.db.execute(sql`SELECT 1 FROM installation`);
      return { status: 'ok' as const };
    }),
    implement(openApi, async () => {
      document ??= openApiDocument(deps.urls);
      return document;
    }),
    implement(metrics, async () => ({
      contentType: deps.metrics.contentType,
      body: await deps.metrics.text(),
    })),
  ];
}
