import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';

/** How many names a stranger's is compared with. */
const mostNames = 1000;

/** Names that an app of a stranger might imitate: the platform's own, services, and apps that an administrator registered. */
export async function knownNames(db: Queryable): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`SELECT name FROM services
        UNION SELECT name FROM clients WHERE origin = 'registered' AND ended_at IS NULL
        LIMIT ${mostNames}`,
  );
  return ['Castellan', ...rows.map(({ name }) => name)];
}
