import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { rowsOf, sql } from '../../platform/database/transaction.ts';

/** What a person has agreed to for one client at one service. */
export interface Consent {
  readonly scopes: readonly string[];
  /** What they switched off: not granted, and not asked again. */
  readonly declinedScopes: readonly string[];
  readonly workspaceId: string | null;
}

/** Stands for the platform itself, where tokens are for no service. */
const platformItself = '00000000-0000-0000-0000-000000000000';

/** What a person agreed to before; `undefined` when they were never asked. */
export async function findConsent(
  db: Queryable,
  key: { readonly userId: string; readonly clientRowId: string; readonly serviceId: string | null },
): Promise<Consent | undefined> {
  const [row] = await rowsOf<Consent>(
    db,
    sql`SELECT scopes, declined_scopes AS "declinedScopes", workspace_id AS "workspaceId" FROM oauth_consents
        WHERE user_id = ${key.userId} AND client_id = ${key.clientRowId} AND service_key = ${key.serviceId ?? platformItself}`,
  );
  return row;
}

/** Remembers what a person agreed to, beside what they agreed to before. */
export async function rememberConsent(
  tx: Transaction,
  key: { readonly userId: string; readonly clientRowId: string; readonly serviceId: string | null },
  consent: Consent,
): Promise<void> {
  const before = await findConsent(tx.db, key);
  const kept = (names: readonly string[] | undefined, dropped: readonly string[]): string[] =>
    (names ?? []).filter((name) => !dropped.includes(name));
  const scopes = [...new Set([...kept(before?.scopes, consent.declinedScopes), ...consent.scopes])];
  const declined = [...new Set([...kept(before?.declinedScopes, consent.scopes), ...consent.declinedScopes])];
  await tx.db.execute(sql`
    INSERT INTO oauth_consents (user_id, client_id, service_id, scopes, declined_scopes, workspace_id, created_at, updated_at)
    VALUES (${key.userId}, ${key.clientRowId}, ${key.serviceId}, ${sql.param(scopes)}::text[], ${sql.param(declined)}::text[],
            ${consent.workspaceId}, ${tx.now}, ${tx.now})
    ON CONFLICT ON CONSTRAINT oauth_consents__pk DO UPDATE
    SET scopes = excluded.scopes, declined_scopes = excluded.declined_scopes, workspace_id = excluded.workspace_id, updated_at = excluded.updated_at`);
}

/** Forgets what a person agreed to: the client asks again. */
export async function forgetConsents(tx: Transaction, userId: string, clientRowId: string): Promise<void> {
  await tx.db.execute(
    sql`DELETE FROM oauth_consents WHERE user_id = ${userId} AND client_id = ${clientRowId}`,
  );
}
