import type { Page, RouteQuery, Workspace, workspacesList } from '@castellan/contract';
import { inArray } from 'drizzle-orm';
import { workspaces } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { type Cursors, type KeysetOrder, wordsBegin } from '../../platform/http/keyset.ts';
import { type KeyPage, type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';

type WorkspaceSort = NonNullable<RouteQuery<typeof workspacesList>['sort']>;

const id = sql`t.id`;
/** Each order by what an index has. */
export const workspaceOrders = {
  name: { column: sql`t.name_key`, type: 'text', id, descending: false },
  '-name': { column: sql`t.name_key`, type: 'text', id, descending: true },
  created_at: { column: sql`t.created_at`, type: 'timestamptz', id, descending: false },
  '-created_at': { column: sql`t.created_at`, type: 'timestamptz', id, descending: true },
} as const satisfies Record<WorkspaceSort, KeysetOrder>;

function readKeys(
  db: Queryable,
  cursors: Cursors,
  search: string | undefined,
  sort: WorkspaceSort,
  request: PageRequest,
): Promise<KeyPage> {
  return readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['workspaces', sort, search]),
      table: 'workspaces',
      order: workspaceOrders[sort],
      conditions: [],
      search: wordsBegin(sql`t.search_words`, search),
    },
    request,
  );
}

/** Workspaces, page by page (P5). */
export async function listWorkspaces(
  db: Queryable,
  cursors: Cursors,
  { search, sort = 'name', ...request }: RouteQuery<typeof workspacesList>,
): Promise<Page<Workspace>> {
  const keys = await readKeys(db, cursors, search, sort, request);
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  const rows = await db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      name: workspaces.name,
      description: workspaces.description,
      createdAt: workspaces.createdAt,
      updatedAt: workspaces.updatedAt,
      memberCount: sql<number>`(SELECT count(*)::int FROM members m WHERE m.workspace_id = ${sql.raw('workspaces.id')})`,
      groupCount: sql<number>`(SELECT count(*)::int FROM groups g WHERE g.workspace_id = ${sql.raw('workspaces.id')})`,
    })
    .from(workspaces)
    .where(inArray(workspaces.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}

const dropDownLength = 1000;

/** What a drop-down shows: the first 1,000 by name. */
export async function listWorkspaceNames(db: Queryable, cursors: Cursors, search: string | undefined) {
  const keys = await readKeys(db, cursors, search, 'name', { pageSize: dropDownLength });
  const rows =
    keys.ids.length === 0
      ? []
      : await db
          .select({ id: workspaces.id, slug: workspaces.slug, name: workspaces.name })
          .from(workspaces)
          .where(inArray(workspaces.id, [...keys.ids]));
  const { items, total = items.length } = toPage(keys, rows, (row) => row.id);
  return { items, total };
}

const batchSize = 1000;

export const workspaceExportHeader = [
  'id',
  'slug',
  'name',
  'description',
  'members',
  'groups',
  'created_at',
] as const;

interface ExportedWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly members: number;
  readonly groups: number;
  readonly created_at: string;
}

/** Workspaces by slug, in batches. */
export async function* exportWorkspaces(db: Queryable) {
  let behindSlug = '';
  for (;;) {
    const rows: ExportedWorkspace[] = await rowsOf<ExportedWorkspace>(
      db,
      sql`SELECT t.id, t.slug, t.name, t.description,
                 (SELECT count(*)::int FROM members m WHERE m.workspace_id = t.id) AS members,
                 (SELECT count(*)::int FROM groups g WHERE g.workspace_id = t.id) AS groups,
                 to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
          FROM workspaces t WHERE t.slug > ${behindSlug} ORDER BY t.slug LIMIT ${batchSize}`,
    );
    yield rows.map((row) => [
      row.id,
      row.slug,
      row.name,
      row.description,
      row.members,
      row.groups,
      row.created_at,
    ]);
    const last = rows.at(-1);
    if (!last || rows.length < batchSize) return;
    behindSlug = last.slug;
  }
}
