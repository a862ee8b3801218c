import type { Client, Page } from '@castellan/contract';
import { and, count, desc, eq, gt, inArray, isNull } from 'drizzle-orm';
import { clientSecrets, clients, grants } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';
import { validAt } from './client-secrets.ts';

/** Whose clients: a service's, or `null` for those that registered themselves. */
export type ClientOwner = string | null;

/**
 * One client, also when it has ended.
 * @throws Refusal `not_found`, also for a client of another owner
 */
export async function readClient(
  db: Queryable,
  serviceId: ClientOwner,
  id: string,
  now: Date,
): Promise<Client> {
  const [client] = await readClients(db, serviceId, [id], now);
  if (!client) throw new Refusal('not_found');
  return client;
}

/** Clients of one owner, by name. The caller knows that the service is there. */
export async function listClients(
  db: Queryable,
  cursors: Cursors,
  serviceId: ClientOwner,
  {
    search,
    state = 'live',
    ...request
  }: PageRequest & { readonly search?: string | undefined; readonly state?: 'live' | 'ended' | undefined },
  now: Date,
): Promise<Page<Client>> {
  const page = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['clients', serviceId, search, state]),
      table: 'clients',
      order: { column: sql`t.name_key`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [
        serviceId === null ? sql`t.service_id IS NULL` : sql`t.service_id = ${serviceId}`,
        state === 'live' ? sql`t.ended_at IS NULL` : sql`t.ended_at IS NOT NULL`,
      ],
      search: wordsBegin(
        sql`to_tsvector('simple', t.name || ' ' || translate(t.client_id, '_-:/.', '     '))`,
        search,
      ),
      // A service has some; how many register themselves is theirs to say.
      few: serviceId !== null,
    },
    request,
  );
  if (page.ids.length === 0) return toPage(page, [], () => '');
  return toPage(page, await readClients(db, serviceId, page.ids, now), (client) => client.id);
}

async function readClients(
  db: Queryable,
  serviceId: ClientOwner,
  ids: readonly string[],
  now: Date,
): Promise<Client[]> {
  const rows = await db
    .select()
    .from(clients)
    .where(
      and(
        serviceId === null ? isNull(clients.serviceId) : eq(clients.serviceId, serviceId),
        inArray(clients.id, [...ids]),
      ),
    );
  // Columns by name: the digest never leaves the database.
  const secrets = await db
    .select({
      id: clientSecrets.id,
      clientId: clientSecrets.clientId,
      prefix: clientSecrets.prefix,
      createdAt: clientSecrets.createdAt,
      expiresAt: clientSecrets.expiresAt,
      lastUsedAt: clientSecrets.lastUsedAt,
    })
    .from(clientSecrets)
    .where(and(inArray(clientSecrets.clientId, [...ids]), validAt(now)))
    .orderBy(desc(clientSecrets.createdAt), desc(clientSecrets.id));
  const sessions = await db
    .select({ clientId: grants.clientId, total: count() })
    .from(grants)
    .where(
      and(
        inArray(grants.clientId, [...ids]),
        isNull(grants.endedAt),
        gt(grants.expiresAt, now),
        gt(grants.idleExpiresAt, now),
      ),
    )
    .groupBy(grants.clientId);
  return rows.map((row) => ({
    ...row,
    sessionCount: sessions.find(({ clientId }) => clientId === row.id)?.total ?? 0,
    jwks: row.jwks && { keys: [...row.jwks.keys] },
    // What has ended proves nothing any more.
    secrets: row.endedAt ? [] : secrets.filter((secret) => secret.clientId === row.id),
  }));
}
