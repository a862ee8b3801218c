import { accessSimulate, type PlannedChange, type RouteBody } from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

let house: TestPlatform;
let admin: TestCaller;
let people: Record<'ada' | 'bo' | 'cy' | 'owner' | 'gone', TestPerson>;
let sales: { readonly id: string };
const made: Record<string, string> = {};
const nobody = '01930000-0000-7000-8000-000000000001';

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  const named = (name: string): Promise<TestPerson> => house.person({ name });
  people = {
    ada: await named('Ada'),
    bo: await named('Bo'),
    cy: await named('Cy'),
    owner: await named('Olga'),
    gone: await named('Gone'),
  };
  sales = await house.workspace({
    name: 'Sales',
    members: [
      [people.ada, 'viewer'],
      [people.bo, 'viewer'],
      [people.cy, 'editor'],
      [people.owner, 'owner'],
      [people.gone, 'viewer'],
    ],
  });
  await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [people.gone.id]);
  await house.service('orders');
  made.service = (await house.query<{ id: string }>(`SELECT id FROM services WHERE name = 'orders'`))[0]!.id;
  for (const name of ['read', 'refund', 'old'])
    made[name] = await insert(
      `service_actions (id, service_id, name, created_at, updated_at, absent_since) VALUES (gen_random_uuid(), $1, $2, now(), now(), $3)`,
      [made.service, `orders:${name}`, name === 'old' ? new Date() : null],
    );
  // Finance: Ada, Bo, the owner and somebody who is deactivated. Clerks: Bo.
  await group('Finance', [people.ada, people.bo, people.owner, people.gone]);
  await group('Clerks', [people.bo]);
  await role('Reader', ['read', 'old'], ['Finance']);
  await role('Clerk', ['read'], ['Clerks']);
  await role('Spare', ['refund', 'read']);
  made.order = await insert(
    `resource_types (id, service_id, name, created_at) VALUES (gen_random_uuid(), $1, 'order', now())`,
    [made.service],
  );
  for (let number = 1; number <= 25; number++)
    await share(await resource(`o-${String(number).padStart(2, '0')}`), 'Finance', 'edit');
  // Bo keeps these: by another group, and by a share of his own.
  await share(made['o-01']!, 'Clerks', 'edit');
  await share(made['o-02']!, people.bo, 'view');
  await resource('seen', 'workspace');
  await resource('owned', 'private', people.ada);
});
afterAll(() => house.close());

async function insert(text: string, values: readonly unknown[]): Promise<string> {
  const [row] = await house.query<{ id: string }>(`INSERT INTO ${text} RETURNING id`, values);
  return row!.id;
}

async function group(name: string, members: readonly TestPerson[]): Promise<void> {
  made[name] = await insert(
    `groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())`,
    [sales.id, name],
  );
  for (const { id } of members)
    await house.query(
      'INSERT INTO group_members (workspace_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())',
      [sales.id, made[name], id],
    );
}

async function role(name: string, actions: readonly string[], groups: readonly string[] = []): Promise<void> {
  made[name] = await insert(
    `roles (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())`,
    [sales.id, name],
  );
  for (const action of actions)
    await house.query('INSERT INTO role_actions (role_id, action_id, created_at) VALUES ($1, $2, now())', [
      made[name],
      made[action],
    ]);
  for (const one of groups)
    await house.query(
      'INSERT INTO role_groups (workspace_id, role_id, group_id, created_at) VALUES ($1, $2, $3, now())',
      [sales.id, made[name], made[one]],
    );
}

async function resource(key: string, visibility = 'private', owner?: TestPerson): Promise<string> {
  const resourceId = await insert(
    `resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, now(), now())`,
    [made.order, key, sales.id, owner?.id ?? null, visibility],
  );
  made[key] = resourceId;
  return resourceId;
}

async function share(resourceId: string, grantee: TestPerson | string, permission: string): Promise<void> {
  const [userId, groupId] = typeof grantee === 'string' ? [null, made[grantee]] : [grantee.id, null];
  await insert(
    `resource_shares (id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, now())`,
    [sales.id, made.order, resourceId, userId, groupId, permission],
  );
}

const ask = (change: PlannedChange) =>
  admin.call(accessSimulate, { body: { change } as RouteBody<typeof accessSimulate> });

/** Who gains or loses what, in a line each. */
async function lines(change: PlannedChange): Promise<string[]> {
  const { people: found, peopleCount } = (await ask(change)).result;
  expect(peopleCount).toBe(found.length);
  return found.flatMap(({ name, gains, loses }) =>
    [...gains.map((right) => ['+', right] as const), ...loses.map((right) => ['-', right] as const)].map(
      ([sign, right]) =>
        `${name} ${sign} ${right.service} ${right.action ?? `${right.type} ${right.permission} ${right.resources}`}`,
    ),
  );
}

const id = (name: string): string => made[name]!;

describe('B3 a change is simulated with who gains or loses what', () => {
  it('lets nobody lose an action that another role gives', async () => {
    expect(await lines({ kind: 'role_deleted', role_id: id('Reader') })).toEqual([
      'Ada - orders orders:read',
      'Olga - orders orders:read',
    ]);
    expect(
      await lines({ kind: 'role_group_removed', role_id: id('Reader'), group_id: id('Finance') }),
    ).toEqual(['Ada - orders orders:read', 'Olga - orders orders:read']);
    expect(await lines({ kind: 'role_deleted', role_id: id('Spare') })).toEqual([]);
  });

  it('adds and removes actions of a role, and gives nobody one that is registered no more', async () => {
    const change = { kind: 'role_actions', role_id: id('Reader'), add: [id('refund')], remove: [id('old')] };
    expect(await lines(change as PlannedChange)).toEqual([
      'Ada + orders orders:refund',
      'Bo + orders orders:refund',
      'Olga + orders orders:refund',
    ]);
    expect(
      await lines({ kind: 'role_actions', role_id: id('Reader'), add: [], remove: [id('read')] }),
    ).toEqual(['Ada - orders orders:read', 'Olga - orders orders:read']);
  });

  it('gives a role to a member or a group', async () => {
    const cy = people.cy.id;
    expect(await lines({ kind: 'role_member_added', role_id: id('Spare'), user_id: cy })).toEqual([
      'Cy + orders orders:read',
      'Cy + orders orders:refund',
    ]);
    expect(await lines({ kind: 'role_group_added', role_id: id('Spare'), group_id: id('Clerks') })).toEqual([
      'Bo + orders orders:refund',
    ]);
  });

  it('takes a group’s shares from its members, but not what they have besides; an owner loses nothing by a share', async () => {
    expect(await lines({ kind: 'group_deleted', group_id: id('Finance') })).toEqual([
      'Ada - orders orders:read',
      'Ada - orders order view 25',
      'Ada - orders order edit 25',
      'Bo - orders order view 23',
      'Bo - orders order edit 24',
      'Olga - orders orders:read',
    ]);
    expect(
      await lines({ kind: 'group_member_removed', group_id: id('Finance'), user_id: people.bo.id }),
    ).toEqual(['Bo - orders order view 23', 'Bo - orders order edit 24']);
    expect(
      await lines({ kind: 'group_member_added', group_id: id('Finance'), user_id: people.cy.id }),
    ).toEqual(['Cy + orders orders:read', 'Cy + orders order view 25', 'Cy + orders order edit 25']);
  });

  it('names the first 20 resources, by the service’s own ids', async () => {
    const { people: found } = (await ask({ kind: 'group_deleted', group_id: id('Finance') })).result;
    const right = found[0]!.loses.find(({ permission }) => permission === 'view')!;
    expect(right.resources).toBe(25);
    expect(right.resourceIds).toEqual(
      Array.from({ length: 20 }, (_, index) => `o-${String(index + 1).padStart(2, '0')}`),
    );
  });

  it('removes a member, and changes a role in the workspace', async () => {
    const ada = { workspace_id: sales.id, user_id: people.ada.id };
    expect(await lines({ kind: 'member_removed', ...ada })).toEqual([
      'Ada - orders orders:read',
      'Ada - orders order view 27',
      'Ada - orders order edit 26',
      'Ada - orders order manage 1',
    ]);
    expect(await lines({ kind: 'member_role_changed', ...ada, role: 'editor' })).toEqual([
      'Ada + orders order edit 1',
    ]);
    expect(await lines({ kind: 'member_role_changed', ...ada, role: 'admin' })).toEqual([
      'Ada + orders order edit 1',
      'Ada + orders order manage 26',
    ]);
    expect(await lines({ kind: 'member_role_changed', ...ada, role: 'viewer' })).toEqual([]);
  });

  it('withdraws an action from everybody who has it', async () => {
    expect(
      await lines({
        kind: 'actions_withdrawn',
        service_id: id('service'),
        action_ids: [id('read'), id('old')],
      }),
    ).toEqual(['Ada - orders orders:read', 'Bo - orders orders:read', 'Olga - orders orders:read']);
  });

  it('says when the change itself would be refused', async () => {
    const olga = { workspace_id: sales.id, user_id: people.owner.id };
    for (const change of [
      { kind: 'member_removed', ...olga },
      { kind: 'member_role_changed', ...olga, role: 'admin' },
    ] as const)
      expect((await ask(change)).result).toEqual({ people: [], peopleCount: 0, refusal: 'last_owner' });
  });

  it('lets who is deactivated neither gain nor lose', async () => {
    const gone = people.gone.id;
    expect(await lines({ kind: 'member_removed', workspace_id: sales.id, user_id: gone })).toEqual([]);
    expect(await lines({ kind: 'role_member_added', role_id: id('Spare'), user_id: gone })).toEqual([]);
  });
});

describe('what several groups keep together', () => {
  it('is counted once: who has the same share twice may still lose another', async () => {
    const [both, halves, owner] = [
      await house.person({ name: 'Both' }),
      await house.person({ name: 'Halves' }),
      await house.person({ name: 'Owner' }),
    ];
    const team = await house.workspace({
      members: [
        [both, 'viewer'],
        [halves, 'viewer'],
        [owner, 'viewer'],
      ],
    });
    const inTeam: Record<string, string> = {};
    for (const [name, members] of [
      ['All', [both, halves, owner]],
      ['First', [both, halves]],
      ['First again', [both]],
      ['Second', [halves]],
    ] as const) {
      inTeam[name] = await insert(
        `groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())`,
        [team.id, name],
      );
      for (const member of members)
        await house.query(
          'INSERT INTO group_members (workspace_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())',
          [team.id, inTeam[name], member.id],
        );
    }
    for (const [key, groups] of [
      ['team-1', ['All', 'First', 'First again']],
      ['team-2', ['All', 'Second']],
    ] as const) {
      const resourceId = await insert(
        `resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, 'private', now(), now())`,
        [made.order, key, team.id, key === 'team-1' ? owner.id : null],
      );
      for (const name of groups)
        await insert(
          `resource_shares (id, workspace_id, type_id, resource_id, group_id, permission, created_at)
           VALUES (gen_random_uuid(), $1, $2, $3, $4, 'edit', now())`,
          [team.id, made.order, resourceId, inTeam[name]],
        );
    }
    // Both holds two of two shares by count, and yet only one of the resources; Halves has each half by another group.
    expect(await lines({ kind: 'group_deleted', group_id: inTeam.All! })).toEqual([
      'Both - orders order view 1',
      'Both - orders order edit 1',
      'Owner - orders order view 1',
      'Owner - orders order edit 1',
    ]);
  });
});

describe('however many people and resources a change touches', () => {
  it('it is simulated by the same few queries', async () => {
    let queries = 0;
    class CountingClient extends pg.Client {
      override query(...given: unknown[]): never {
        queries++;
        return (super.query as (...given: unknown[]) => never).apply(this, given);
      }
    }
    const pool = new pg.Pool({ connectionString: house.testDatabase.url, Client: CountingClient, max: 1 });
    const count = async (change: PlannedChange): Promise<readonly [people: number, queries: number]> => {
      queries = 0;
      const { peopleCount } = await simulate(pool, change);
      return [peopleCount, queries];
    };
    const change: PlannedChange = { kind: 'group_deleted', group_id: id('Finance') };
    try {
      const [few, queriesOfFew] = await count(change);
      await crowd();
      const [many, queriesOfMany] = await count(change);
      expect([few, many]).toEqual([3, 1503]);
      // BEGIN, its limits, the group; who is affected, their actions, their resources; ROLLBACK.
      expect([queriesOfFew, queriesOfMany]).toEqual([7, 7]);
    } finally {
      await pool.end();
    }
  }, 60_000);

  /** 1,500 more people in Finance, and 300 more resources shared with it. */
  async function crowd(): Promise<void> {
    await house.query(
      `WITH new AS (
         INSERT INTO users (id, email, name, state, created_at, updated_at)
         SELECT gen_random_uuid(), 'crowd-' || n || '@example.com', 'Crowd ' || n, 'active', now(), now() FROM generate_series(1, 1500) n
         RETURNING id
       ), joined AS (
         INSERT INTO members (workspace_id, user_id, role, created_at) SELECT $1, id, 'viewer', now() FROM new RETURNING user_id
       )
       INSERT INTO group_members (workspace_id, group_id, user_id, created_at) SELECT $1, $2, user_id, now() FROM joined`,
      [sales.id, made.Finance],
    );
    await house.query(
      `WITH new AS (
         INSERT INTO resources (id, type_id, key, workspace_id, visibility, created_at, updated_at)
         SELECT gen_random_uuid(), $2, 'crowd-' || n, $1, 'private', now(), now() FROM generate_series(1, 300) n RETURNING id
       )
       INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, group_id, permission, created_at)
       SELECT gen_random_uuid(), $1, $2, id, $3, 'edit', now() FROM new`,
      [sales.id, made.order, made.Finance],
    );
  }
});

describe('what can not be simulated is refused by name', () => {
  it('what is not there, of another workspace, or not held', async () => {
    const stranger = await house.person();
    const other = await house.workspace({ members: [[stranger, 'owner']] });
    const foreignGroup = await insert(
      `groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'G', now(), now())`,
      [other.id],
    );
    const ada = people.ada.id;
    const changes: PlannedChange[] = [
      { kind: 'role_deleted', role_id: nobody },
      { kind: 'role_actions', role_id: nobody, add: [], remove: [] },
      { kind: 'role_member_added', role_id: id('Spare'), user_id: stranger.id },
      { kind: 'role_member_removed', role_id: id('Spare'), user_id: ada },
      { kind: 'role_group_added', role_id: id('Spare'), group_id: foreignGroup },
      { kind: 'role_group_removed', role_id: id('Spare'), group_id: id('Finance') },
      { kind: 'group_deleted', group_id: nobody },
      { kind: 'group_member_added', group_id: id('Clerks'), user_id: stranger.id },
      { kind: 'group_member_removed', group_id: id('Clerks'), user_id: ada },
      { kind: 'member_removed', workspace_id: other.id, user_id: ada },
      { kind: 'member_role_changed', workspace_id: nobody, user_id: ada, role: 'admin' },
      { kind: 'actions_withdrawn', service_id: nobody, action_ids: [id('read')] },
    ];
    for (const change of changes)
      expect([change.kind, (await ask(change)).code]).toEqual([change.kind, 'not_found']);
  });

  it('actions that are unknown, not held, or named twice, each by its place', async () => {
    const fields = async (change: PlannedChange): Promise<readonly string[]> => (await ask(change)).fields;
    const ofRole = { kind: 'role_actions', role_id: id('Clerk') } as const;
    expect(await fields({ ...ofRole, add: [id('refund'), nobody], remove: [] })).toEqual(['change.add.1']);
    expect(await fields({ ...ofRole, add: [], remove: [id('read'), id('refund')] })).toEqual([
      'change.remove.1',
    ]);
    expect(await fields({ ...ofRole, add: [id('read')], remove: [id('read')] })).toEqual(['change.remove.0']);
    expect(
      await fields({ kind: 'actions_withdrawn', service_id: id('service'), action_ids: [nobody] }),
    ).toEqual(['change.action_ids.0']);
  });

  it('a change of an unknown kind, or half of one', async () => {
    for (const [body, field] of [
      ['{"change":{"kind":"everything"}}', 'change.kind'],
      ['{"change":{"kind":"role_deleted"}}', 'change.role_id'],
      ['{}', 'change'],
    ] as const)
      expect((await admin.call(accessSimulate, { rawBody: body })).fields).toEqual([field]);
  });
});
