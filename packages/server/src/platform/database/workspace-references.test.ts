import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Rows of one workspace can't refer to another's. The catalogue says what there is, so that a new table is judged as well. */

interface Reference {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly parent_columns: readonly string[];
}

let house: TestPlatform;
let references: Reference[];
let ours: string;
let theirs: string;

const names = (table: string, keys: string): string =>
  `ARRAY(SELECT a.attname::text FROM unnest(${keys}) WITH ORDINALITY k (number, place)
         JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number ORDER BY k.place)`;

/** A workspace in which every table that belongs to one has a row. */
async function furnishedWorkspace(): Promise<string> {
  const person = await house.person();
  const { id } = await house.workspace({ members: [[person, 'editor']] });
  const [made] = await house.query<{ group_id: string; role_id: string }>(
    `WITH g AS (INSERT INTO groups (id, workspace_id, name, created_at, updated_at)
                VALUES (gen_random_uuid(), $1, 'Buyers', now(), now()) RETURNING id),
          r AS (INSERT INTO roles (id, workspace_id, name, created_at, updated_at)
                VALUES (gen_random_uuid(), $1, 'Clerk', now(), now()) RETURNING id)
     SELECT g.id AS group_id, r.id AS role_id FROM g, r`,
    [id],
  );
  const { group_id: group, role_id: role } = made!;
  const values = [id, group, person.id];
  await house.query('INSERT INTO group_members VALUES ($1, $2, $3, now())', values);
  await house.query('INSERT INTO role_members VALUES ($1, $2, $3, now())', [id, role, person.id]);
  await house.query('INSERT INTO role_groups VALUES ($1, $2, $3, now())', [id, role, group]);
  await house.query('INSERT INTO workspace_policies (workspace_id, updated_at) VALUES ($1, now())', [id]);
  await house.query(
    `WITH r AS (INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
                SELECT gen_random_uuid(), t.id, gen_random_uuid()::text, $1::uuid, $3::uuid, 'private', now(), now() FROM resource_types t
                RETURNING id, type_id)
     INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at)
     SELECT gen_random_uuid(), $1::uuid, r.type_id, r.id, g.user_id, g.group_id, 'view', now()
     FROM r, (VALUES ($3::uuid, NULL::uuid), (NULL, $2::uuid)) g (user_id, group_id)`,
    values,
  );
  return id;
}

beforeAll(async () => {
  house = await createTestPlatform();
  await house.service('orders');
  await house.query(
    `INSERT INTO resource_types SELECT gen_random_uuid(), id, 'order', now() FROM services WHERE name = 'orders'`,
  );
  [ours, theirs] = [await furnishedWorkspace(), await furnishedWorkspace()];
  references = await house.query<Reference>(
    `SELECT conname AS name, conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
            ${names('conrelid', 'conkey')} AS columns, ${names('confrelid', 'confkey')} AS parent_columns
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1`,
  );
});
afterAll(() => house.close());

/** Columns called `workspace_id`, and whether each always has a value. */
async function workspaceTables(): Promise<Map<string, { readonly always: boolean }>> {
  const rows = await house.query<{ name: string; always: boolean }>(
    `SELECT c.relname AS name, a.attnotnull AS always FROM pg_class c
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`,
  );
  return new Map(rows.map(({ name, always }) => [name, { always }]));
}

/** References within a workspace: both ends carry it. */
const withinWorkspace = (): Reference[] =>
  references.filter(({ columns, parent }) => columns.includes('workspace_id') && parent !== 'workspaces');

it('a row that crosses workspaces is refused by each foreign key with workspace_id, and by nothing else', async () => {
  expect(withinWorkspace().length).toBeGreaterThanOrEqual(9);
  const client = await house.platform.database.pool.connect();
  try {
    for (const { name, child, parent, columns, parent_columns: parentColumns } of withinWorkspace()) {
      const pairs = columns.flatMap((column, place) =>
        column === 'workspace_id' ? [] : [[column, parentColumns[place]!] as const],
      );
      const stranger = (of: string): string =>
        `(SELECT ${of} FROM ${parent} WHERE workspace_id = $2 ORDER BY 1 LIMIT 1)`;
      const cross = () =>
        client.query(
          `UPDATE ${child} SET ${pairs.map(([column, of]) => `${column} = ${stranger(of)}`).join(', ')}
           WHERE workspace_id = $1 AND ${pairs.map(([column]) => `${column} IS NOT NULL`).join(' AND ')}`,
          [ours, theirs],
        );
      await expect(cross(), name).rejects.toMatchObject({ code: '23503', constraint: name });

      // The counter-proof: without that key the same row is taken, so that the refusal above is the key's.
      await client.query('BEGIN');
      await client.query(`ALTER TABLE ${child} DROP CONSTRAINT ${name}`);
      expect((await cross()).rowCount, `rows of ${child} that cross without ${name}`).toBeGreaterThan(0);
      await client.query('ROLLBACK');
    }
  } finally {
    client.release();
  }
});

describe('what may refer past a workspace is written down, with its reason', () => {
  const chosen =
    'belongs to a person; the workspace in it is a choice, and membership is read again at each use';
  const log = 'the log names what was, and stays when that is gone';
  /** Foreign keys, or columns of identifiers without one, that do not carry the workspace of their row. */
  const past: Readonly<Record<string, string>> = {
    members__user_fk: 'makes somebody a member: people are no workspace’s',
    resources__type_fk: 'types are a service’s, the same in every workspace',
    resources__owner_fk:
      'an owner who left stays named, and counts for nothing until they are a member again',
    grants__user_fk: chosen,
    grants__service_fk: chosen,
    grants__client_fk: chosen,
    grants__parent_fk: 'the browser session in which the person gave it, which is in no workspace',
    oauth_consents__user_fk: chosen,
    oauth_consents__client_fk: chosen,
    oauth_consents__service_fk: chosen,
    'oauth_consents.service_key': 'generated from service_id',
    pending_sign_ins__user_fk: chosen,
    pending_sign_ins__service_fk: chosen,
    'activity_events.actor_id': log,
    'activity_events.target_id': log,
    'activity_events.workspace_id': log,
    'activity_outbox.actor_id': log,
    'activity_outbox.target_id': log,
    'activity_outbox.workspace_id': log,
  };

  it('of a table with workspace_id, every other reference and identifier carries it', async () => {
    const tables = await workspaceTables();
    const alone = references
      .filter(({ child, columns }) => tables.has(child) && !columns.includes('workspace_id'))
      .map(({ name }) => name);
    const identifiers = await house.query<{ child: string; name: string }>(
      `SELECT c.relname AS child, a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relname = ANY($1) AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
       AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype AND a.attname <> 'id'`,
      [[...tables.keys()]],
    );
    const loose = identifiers
      .filter(
        ({ child, name }) => !references.some((each) => each.child === child && each.columns.includes(name)),
      )
      .map(({ child, name }) => `${child}.${name}`);
    expect([...alone, ...loose].sort()).toEqual(Object.keys(past).sort());
  });

  it('a key carries the workspace at both ends, and always: a NULL would switch it off (MATCH SIMPLE)', async () => {
    const tables = await workspaceTables();
    for (const { name, child, columns, parent_columns: parentColumns } of withinWorkspace()) {
      expect(parentColumns[columns.indexOf('workspace_id')], name).toBe('workspace_id');
      expect(tables.get(child), name).toEqual({ always: true });
    }
  });

  it('a table without workspace_id refers to one object of a workspace at most', async () => {
    const tables = await workspaceTables();
    const counts = new Map<string, string[]>();
    for (const { name, child, parent } of references)
      if (!tables.has(child) && (parent === 'workspaces' || tables.get(parent)?.always))
        counts.set(child, [...(counts.get(child) ?? []), name]);
    expect(Object.fromEntries(counts)).toEqual({ role_actions: ['role_actions__role_fk'] });
  });
});
