import { type Page, type RouteQuery, type Service, servicesList } from '@castellan/contract';
import { and, asc, inArray, isNull } from 'drizzle-orm';
import { serviceKeys, services } from '../../platform/database/schema.ts';
import { type Database, type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';

export interface ServiceRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
}

/** Registered services (S1). */
export function serviceRoutes({ database, cursors }: ServiceRoutesOptions): Implementation[] {
  return [implement(servicesList, (call) => listServices(database.db, cursors, call.query))];
}

async function listServices(
  db: Queryable,
  cursors: Cursors,
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
      search: wordsBegin(
        sql`to_tsvector('simple', t.name || ' ' || translate(t.name, '-', ' ') || ' ' || t.description)`,
        search,
      ),
      few: true, // A house has tens of services.
    },
    request,
  );
  if (page.ids.length === 0) return toPage(page, [], () => '');
  const ids = [...page.ids];
  const rows = await db.select().from(services).where(inArray(services.id, ids));
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
    .where(and(inArray(serviceKeys.serviceId, ids), isNull(serviceKeys.revokedAt)))
    .orderBy(asc(serviceKeys.createdAt), asc(serviceKeys.id));
  return toPage(
    page,
    rows.map((service) => ({
      ...service,
      keys: keys
        .filter((key) => key.serviceId === service.id)
        .map(({ id, prefix, createdAt, lastUsedAt }) => ({ id, prefix, createdAt, lastUsedAt })),
    })),
    (service) => service.id,
  );
}
