import type { Page, RouteQuery, Service, servicesList } from '@castellan/contract';
import { and, asc, count, eq, inArray, isNull } from 'drizzle-orm';
import { clients, serviceKeys, services } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';

/** @throws Refusal `not_found` */
export async function requireServiceExists(db: Queryable, serviceId: string): Promise<void> {
  const [found] = await db.select({ id: services.id }).from(services).where(eq(services.id, serviceId));
  if (!found) throw new Refusal('not_found');
}

/** The words of a service, of which there are too few to be kept. */
export const serviceWords = sql`to_tsvector('simple', t.name || ' ' || translate(t.name, '-', ' ') || ' ' || t.description)`;

/** Says why an address is not asked, where that is known without asking. */
export type AddressCheck = (address: string) => string | undefined;

/** One service with its live keys (S1). @throws Refusal `not_found` */
export async function readService(
  db: Queryable,
  problemOfAddress: AddressCheck,
  serviceId: string,
): Promise<Service> {
  const [service] = await readServices(db, problemOfAddress, [serviceId]);
  if (!service) throw new Refusal('not_found');
  return service;
}

/** Registered services, by name (S1). */
export async function listServices(
  db: Queryable,
  cursors: Cursors,
  problemOfAddress: AddressCheck,
  { search, ...request }: RouteQuery<typeof servicesList>,
): Promise<Page<Service>> {
  const page = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['services', search]),
      table: 'services',
      order: { column: sql`t.name`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [],
      search: wordsBegin(serviceWords, search),
      few: true, // A house has tens of services.
    },
    request,
  );
  if (page.ids.length === 0) return toPage(page, [], () => '');
  return toPage(page, await readServices(db, problemOfAddress, page.ids), (service) => service.id);
}

async function readServices(
  db: Queryable,
  problemOfAddress: AddressCheck,
  ids: readonly string[],
): Promise<Service[]> {
  const rows = await db
    .select()
    .from(services)
    .where(inArray(services.id, [...ids]));
  // Columns by name: the digest never leaves the database.
  const keys = await db
    .select({
      id: serviceKeys.id,
      serviceId: serviceKeys.serviceId,
      prefix: serviceKeys.prefix,
      createdAt: serviceKeys.createdAt,
      lastUsedAt: serviceKeys.lastUsedAt,
    })
    .from(serviceKeys)
    .where(and(inArray(serviceKeys.serviceId, [...ids]), isNull(serviceKeys.revokedAt)))
    .orderBy(asc(serviceKeys.createdAt), asc(serviceKeys.id));
  const counted = await db
    .select({ serviceId: clients.serviceId, total: count() })
    .from(clients)
    .where(and(inArray(clients.serviceId, [...ids]), isNull(clients.endedAt)))
    .groupBy(clients.serviceId);
  return rows.map((service) => ({
    ...service,
    adminUrlProblem: (service.adminUrl && problemOfAddress(service.adminUrl)) || null,
    scopes: service.scopes.map(({ name, description }) => ({ name, description })),
    clientCount: counted.find((row) => row.serviceId === service.id)?.total ?? 0,
    keys: keys
      .filter((key) => key.serviceId === service.id)
      .map(({ id, prefix, createdAt, lastUsedAt }) => ({ id, prefix, createdAt, lastUsedAt })),
  }));
}
