import type { ClientOrigin } from '@castellan/contract';
import type { ServiceScope } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { endGrants } from '../grants/grant-store.ts';
import { forgetConsents } from '../oauth/consents.ts';

/** How many apps one page shows. */
export const shownApps = 100;

/** An app that a person gave access. */
export interface ConnectedApp {
  /** The client's own row. */
  readonly id: string;
  readonly name: string;
  /** What it is called on the wire; the address of its document where it is known by one. */
  readonly clientId: string;
  readonly origin: ClientOrigin;
  readonly service: string | null;
  readonly scopes: readonly string[];
  /** Of these, those that a service describes in words. */
  readonly described: readonly ServiceScope[];
  readonly since: Date;
  /** `null` where it holds no sign-in now. */
  readonly lastUsedAt: Date | null;
  /** How many sign-ins as the person it holds now. */
  readonly signIns: number;
}

interface Row extends Omit<ConnectedApp, 'since' | 'lastUsedAt' | 'described'> {
  readonly described: readonly ServiceScope[] | null;
  readonly since: string;
  readonly lastUsedAt: string | null;
  readonly total: number;
}

/** What is live or agreed to, by client. A remembered yes counts too: with it the app is let in without being asked about. */
function appsQuery(userId: string, now: Date, clientId: string | undefined) {
  const only = clientId === undefined ? sql`true` : sql`c.id = ${clientId}`;
  return sql`
SELECT c.id, c.name, c.client_id AS "clientId", c.origin, s.name AS service, held.scopes, held.since,
       (SELECT jsonb_agg(scope) FROM services d, jsonb_array_elements(d.scopes) AS scope
        WHERE d.id = ANY (held.service_ids) AND scope ->> 'name' = ANY (held.scopes)) AS described,
       held.last_used_at AS "lastUsedAt", held.sign_ins AS "signIns", (count(*) OVER ())::int AS total
FROM (
  SELECT client_id, min(since) AS since, max(last_used_at) AS last_used_at, sum(sign_ins)::int AS sign_ins,
         array_agg(service_id) AS service_ids,
         array(SELECT DISTINCT unnest(string_to_array(string_agg(array_to_string(scopes, ' '), ' '), ' ')) ORDER BY 1) AS scopes
  FROM (
    SELECT client_id, service_id, scopes, created_at AS since, last_used_at, 1 AS sign_ins FROM grants
    WHERE user_id = ${userId} AND kind = 'oauth' AND ended_at IS NULL AND expires_at > ${now} AND idle_expires_at > ${now}
    UNION ALL
    SELECT client_id, service_id, scopes, created_at, NULL, 0 FROM oauth_consents WHERE user_id = ${userId}
  ) AS each
  GROUP BY client_id
) AS held
JOIN clients c ON c.id = held.client_id AND c.ended_at IS NULL
LEFT JOIN services s ON s.id = c.service_id
WHERE ${only}
ORDER BY held.last_used_at DESC NULLS LAST, c.id DESC
LIMIT ${shownApps}`;
}

const toApp = ({ total: _, since, lastUsedAt, scopes, described, ...row }: Row): ConnectedApp => ({
  ...row,
  scopes: scopes.filter(Boolean),
  described: described ?? [],
  since: new Date(since),
  lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt),
});

/** The apps that a person gave access, the last used first, and how many they are. */
export async function listConnectedApps(
  db: Queryable,
  userId: string,
  now: Date,
): Promise<{ readonly apps: readonly ConnectedApp[]; readonly total: number }> {
  const rows = await rowsOf<Row>(db, appsQuery(userId, now, undefined));
  return { apps: rows.map(toApp), total: rows[0]?.total ?? 0 };
}

/** One of a person's own connected apps; `undefined` for one that they gave nothing. */
export async function readConnectedApp(
  db: Queryable,
  userId: string,
  clientId: string,
  now: Date,
): Promise<ConnectedApp | undefined> {
  const [row] = await rowsOf<Row>(db, appsQuery(userId, now, clientId));
  return row && toApp(row);
}

/**
 * Takes everything from an app that a person gave it: its grants end, true on its next call, and what they agreed to is
 * forgotten, so that it has to ask again.
 * @returns the app, or `undefined` where it had nothing
 */
export async function disconnectApp(
  tx: Transaction,
  session: BrowserSession,
  clientId: string,
): Promise<ConnectedApp | undefined> {
  const app = await readConnectedApp(tx.db, session.userId, clientId, tx.now);
  if (!app) return undefined;
  await forgetConsents(tx, session.userId, clientId);
  const ended = await endGrants(tx, { clientId, userId: session.userId }, 'revoked');
  tx.record({
    action: 'app_disconnected',
    target: { kind: 'client', id: app.id, label: app.name },
    detail: { ended_grants: ended, scopes: app.scopes },
  });
  return app;
}
