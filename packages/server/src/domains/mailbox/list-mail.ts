import type { Mail, Page } from '@castellan/contract';
import { inArray, sql } from 'drizzle-orm';
import { mailMessages } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf } from '../../platform/database/transaction.ts';
import { allOf, behind, type Cursors, type KeysetOrder, orderBy } from '../../platform/http/keyset.ts';
import { defaultPageSize, type PageRequest } from '../../platform/http/paged-list.ts';

const newestFirst: KeysetOrder = {
  column: sql`created_at`,
  type: 'timestamptz',
  id: sql`id`,
  descending: true,
};
/** Up to here messages are counted; beyond, the total is marked as an estimate. */
const countedUpTo = 10_000;

/** Messages, newest first; the search looks anywhere in the recipient's address. */
export async function listMail(
  db: Queryable,
  cursors: Cursors,
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Mail>> {
  const list = JSON.stringify(['mail', search]);
  const pageSize = request.pageSize ?? defaultPageSize;
  const after = request.cursor === undefined ? undefined : cursors.open(list, request.cursor);
  const page = after ? undefined : (request.page ?? 1);
  const matches = search ? sql`position(${search.toLowerCase()} IN recipient) > 0` : undefined;
  const keys = await rowsOf<{ id: string; at: string }>(
    db,
    sql`SELECT id, created_at::text AS at FROM mail_messages WHERE ${allOf([matches, after && behind(newestFirst, after)])}
      ${orderBy(newestFirst)} LIMIT ${pageSize + 1} OFFSET ${page ? (page - 1) * pageSize : 0}`,
  );
  const shown = keys.slice(0, pageSize);
  const last = keys.length > pageSize ? shown.at(-1) : undefined;
  return {
    items: await readMails(
      db,
      shown.map(({ id }) => id),
    ),
    pageSize,
    ...(page ? { page, ...(await countMail(db, matches)) } : {}),
    ...(last ? { nextCursor: cursors.seal(list, [last.at, last.id]) } : {}),
  };
}

async function countMail(db: Queryable, matches: ReturnType<typeof sql> | undefined) {
  const [row] = await rowsOf<{ total: number }>(
    db,
    sql`SELECT count(*)::int AS total FROM (
      SELECT 1 FROM mail_messages WHERE ${allOf([matches])} LIMIT ${countedUpTo + 1}) counted`,
  );
  const { total } = row!;
  return total > countedUpTo ? { total: countedUpTo, totalIsEstimate: true } : { total };
}

async function readMails(db: Queryable, ids: readonly string[]): Promise<Mail[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select()
    .from(mailMessages)
    .where(inArray(mailMessages.id, [...ids]));
  const byId = new Map(rows.map((row) => [row.id, mailOf(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A stored message as the wire shows it. */
export function mailOf(row: typeof mailMessages.$inferSelect): Mail {
  const { id, recipient, subject, kind, state, createdAt, sentAt, error } = row;
  return { id, to: recipient, subject, kind, state, createdAt, sentAt, error };
}
