import { inArray } from 'drizzle-orm';
import { services } from '../../platform/database/schema.ts';
import { sql } from '../../platform/database/transaction.ts';
import type { Browsable } from '../../platform/http/browse.ts';
import {
  countColumn,
  idColumn,
  instantColumn,
  textColumn,
  textsColumn,
} from '../../platform/http/filter-columns.ts';
import type { KeysetOrder } from '../../platform/http/keyset.ts';
import { serviceWords } from './read-services.ts';

const byName: KeysetOrder = { column: sql`t.name`, type: 'text', id: sql`t.id`, descending: false };
const byCreation: KeysetOrder = { ...byName, column: sql`t.created_at`, type: 'timestamptz' };
const clientsOf = sql`FROM clients c WHERE c.ended_at IS NULL AND c.service_id =`;
const all = { served: 'order' } as const;

/** Services, browsed as the models of a product are; never their keys. A house has tens of them, so that no filter is slow. */
export const browsableServices: Browsable = {
  table: 'services',
  columns: {
    id: idColumn(sql`t.id`, all),
    name: textColumn('string', sql`t.name`, all),
    description: textColumn('text', sql`t.description`, all),
    adminUrl: textColumn('string', sql`t.admin_url`, { ...all, isNull: sql`t.admin_url IS NULL` }),
    resourceUri: textColumn('string', sql`t.resource_uri`, { ...all, isNull: sql`t.resource_uri IS NULL` }),
    origins: textsColumn(sql`t.origins`, all),
    clientCount: countColumn(sql`SELECT ${clientsOf} t.id`, all),
    createdAt: instantColumn(sql`t.created_at`, all),
  },
  orders: {
    name: byName,
    '-name': { ...byName, descending: true },
    createdAt: byCreation,
    '-createdAt': { ...byCreation, descending: true },
  },
  defaultOrder: 'name',
  words: serviceWords,
  few: true,
  read: (db, ids) =>
    db
      .select({
        id: services.id,
        name: services.name,
        description: services.description,
        adminUrl: services.adminUrl,
        resourceUri: services.resourceUri,
        origins: services.origins,
        createdAt: services.createdAt,
        clientCount: sql<number>`(SELECT count(*)::int ${clientsOf} ${sql.raw('services.id')})`,
      })
      .from(services)
      .where(inArray(services.id, [...ids])),
};
