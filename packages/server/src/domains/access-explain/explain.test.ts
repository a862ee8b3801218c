import { accessExplain, type RouteBody } from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Asked = RouteBody<typeof accessExplain>;

let house: TestPlatform;
let admin: TestCaller;
let ada: TestPerson;
let sales: { readonly id: string };
let elsewhere: { readonly id: string };
const some: Record<string, string> = {};
const nobody = '01930000-0000-7000-8000-000000000001';

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  ada = await house.person({ name: 'Ada' });
  const others = await Promise.all(['Bo', 'Cy'].map((name) => house.person({ name })));
  sales = await house.workspace({
    name: 'Sales',
    members: [
      [ada, 'viewer'],
      [others[0]!, 'viewer'],
      [others[1]!, 'owner'],
    ],
  });
  elsewhere = await house.workspace({ name: 'Elsewhere' });
  await house.service('orders');
  for (const action of ['orders:read', 'orders:refund', 'orders:void', 'orders:old'])
    some[action] = await insert(
      `service_actions (id, service_id, name, created_at, updated_at, absent_since)
       VALUES (gen_random_uuid(), (SELECT id FROM services WHERE name = 'orders'), $1, now(), now(), $2)`,
      [action, action === 'orders:old' ? new Date() : null],
    );
  for (const name of ['Finance', 'Everybody'])
    some[name] = await insert(
      `groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())`,
      [sales.id, name],
    );
  for (const group of ['Finance', 'Everybody']) await join(group, ada);
  await join('Everybody', others[0]!);
  await role('Reader', ['orders:read'], { groups: ['Finance'] });
  await role('Approver', ['orders:refund', 'orders:read', 'orders:old']);
  await role('Treasurer', ['orders:refund', 'orders:read', 'orders:old', 'orders:void']);
  some.order = await insert(
    `resource_types (id, service_id, name, created_at) VALUES (gen_random_uuid(), (SELECT id FROM services WHERE name = 'orders'), 'order', now())`,
    [],
  );
  await resource('42', { visibility: 'private' });
  await resource('seen', { visibility: 'workspace' });
  await resource('own', { owner: ada });
  await resource('shared', { shares: [[null, 'Finance', 'edit']] });
  await resource('viewed', { shares: [[ada, null, 'view']] });
  await resource('theirs', { workspace: elsewhere.id, visibility: 'workspace' });
});
afterAll(() => house.close());

async function insert(text: string, values: readonly unknown[]): Promise<string> {
  const [row] = await house.query<{ id: string }>(`INSERT INTO ${text} RETURNING id`, values);
  return row!.id;
}

async function join(group: string, person: TestPerson): Promise<void> {
  await house.query(
    'INSERT INTO group_members (workspace_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())',
    [sales.id, some[group], person.id],
  );
}

async function role(
  name: string,
  actions: readonly string[],
  { groups = [] }: { readonly groups?: readonly string[] } = {},
): Promise<void> {
  some[name] = await insert(
    `roles (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())`,
    [sales.id, name],
  );
  for (const action of actions)
    await house.query('INSERT INTO role_actions (role_id, action_id, created_at) VALUES ($1, $2, now())', [
      some[name],
      some[action],
    ]);
  for (const group of groups)
    await house.query(
      'INSERT INTO role_groups (workspace_id, role_id, group_id, created_at) VALUES ($1, $2, $3, now())',
      [sales.id, some[name], some[group]],
    );
}

async function resource(
  key: string,
  facts: {
    readonly workspace?: string;
    readonly visibility?: string;
    readonly owner?: TestPerson;
    readonly shares?: readonly (readonly [TestPerson | null, string | null, string])[];
  },
): Promise<void> {
  const workspaceId = facts.workspace ?? sales.id;
  some[key] = await insert(
    `resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, now(), now())`,
    [some.order, key, workspaceId, facts.owner?.id ?? null, facts.visibility ?? 'private'],
  );
  for (const [person, group, permission] of facts.shares ?? [])
    await insert(
      `resource_shares (id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, now())`,
      [workspaceId, some.order, some[key], person?.id ?? null, group && some[group], permission],
    );
}

const ask = (asked: Partial<Asked>) =>
  admin.call(accessExplain, { body: { userId: ada.id, service: 'orders', ...asked } as Asked });
const action = async (name: string, more: Partial<Asked> = {}) =>
  (await ask({ action: name, workspaceId: sales.id, ...more })).result;
const order = async (
  resourceId: string,
  permission: NonNullable<Asked['permission']>,
  more: Partial<Asked> = {},
) => (await ask({ type: 'order', resourceId, permission, ...more })).result;

/** What is proposed, as it is read. */
const texts = ({ changes }: { readonly changes: readonly { readonly text: string }[] }) =>
  changes.map(({ text }) => text);

describe('P11 a yes is told with its path in words', () => {
  it('for an action by a group, and by a role of one’s own', async () => {
    const explained = await action('orders:read');
    expect(explained).toMatchObject({ allowed: true, missing: [], changes: [] });
    expect(explained.path.map(({ kind, name }) => [kind, name])).toEqual([
      ['group', 'Finance'],
      ['role', 'Reader'],
      ['action', 'orders:read'],
    ]);
    expect(explained.text).toBe(
      'Ada is in the group Finance, which holds the role Reader, which may orders:read.',
    );
  });

  it.each([
    ['own', 'manage', 'Ada is the owner of order own, and may view, edit and manage it.'],
    ['shared', 'edit', 'Ada is in the group Finance, with which order shared is shared for editing.'],
    ['viewed', 'view', 'order viewed is shared with Ada for viewing.'],
    [
      'seen',
      'view',
      'Ada is a viewer of the workspace Sales, all of which sees order seen, and so may view it.',
    ],
  ] as const)('for the resource %s', async (key, permission, text) => {
    expect(await order(key, permission)).toMatchObject({ allowed: true, text, changes: [] });
  });

  it('for a delegate that was granted it', async () => {
    expect((await action('orders:read', { grantedActions: ['orders:read'] })).text).toMatch(
      /may orders:read\. The delegate was granted it too\.$/,
    );
  });
});

describe('B3 a no is told with the fewest changes that turn it', () => {
  it('gives the role that has the action and the fewest others', async () => {
    const explained = await action('orders:refund');
    expect(explained).toMatchObject({ allowed: false, path: [], missing: ['role_with_action'] });
    expect(explained.text).toBe(
      'In the workspace Sales, no role with orders:refund is held by Ada or a group of theirs.',
    );
    // Reader is held by nobody else: adding the action there gives it to Ada alone, and Ada nothing besides.
    expect(explained.changes).toEqual([
      {
        kind: 'add_action_to_role',
        targetId: some.Reader,
        actionId: some['orders:refund'],
        text: 'Add orders:refund to the role Reader, which Ada holds',
      },
    ]);
    const person = await house.person({ name: 'Dee' });
    await house.query(
      `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'viewer', now())`,
      [sales.id, person.id],
    );
    expect((await action('orders:refund', { userId: person.id })).changes).toEqual([
      { kind: 'give_role', targetId: some.Approver, text: 'Give Dee the role Approver' },
    ]);
  });

  it('creates a role where none has the action, and names every step in order', async () => {
    const person = await house.person({ name: 'Eve' });
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    const explained = await action('orders:void', {
      userId: person.id,
      workspaceId: elsewhere.id,
      grantedActions: [],
    });
    expect(explained.missing).toEqual(['user_inactive']);
    expect(texts(explained)).toEqual([
      'Activate Eve',
      'Add Eve to the workspace Elsewhere as a viewer',
      'Create a role in the workspace Elsewhere with orders:void',
      'Give Eve the new role',
      'Grant the delegate orders:void',
    ]);
    expect(explained.changes.map(({ targetId }) => targetId)).toEqual([
      person.id,
      elsewhere.id,
      elsewhere.id,
      undefined,
      undefined,
    ]);
  });

  it('has an action that is registered no more registered again', async () => {
    const explained = await action('orders:old');
    expect(explained.missing).toEqual(['action']);
    expect(explained.text).toBe('The service orders registers orders:old no more, so nobody may do it.');
    expect(texts(explained)[0]).toBe('Have the service orders register orders:old again');
  });

  it.each([
    ['42', 'view', ['share'], ['Share order 42 with Ada for viewing']],
    ['42', 'edit', ['share'], ['Share order 42 with Ada for editing']],
    ['42', 'manage', ['ownership'], ['Make Ada an admin of the workspace Sales']],
    ['seen', 'edit', ['edit_share'], ['Share order seen with Ada for editing']],
    [
      'viewed',
      'edit',
      ['edit_share'],
      ['Raise what is shared of order viewed with Ada from viewing to editing'],
    ],
    ['theirs', 'view', ['membership'], ['Add Ada to the workspace Elsewhere as a viewer']],
    ['theirs', 'edit', ['membership'], ['Add Ada to the workspace Elsewhere as an editor']],
    ['theirs', 'manage', ['membership'], ['Add Ada to the workspace Elsewhere as an admin']],
    [
      'new',
      'edit',
      ['resource'],
      ['Have the service orders register order new in the workspace Sales, with Ada as its owner'],
    ],
  ] as const)('to %s an order: %s', async (key, permission, missing, changes) => {
    const explained = await order(key, permission);
    expect(explained).toMatchObject({ allowed: false, missing });
    expect(texts(explained)).toEqual(changes);
  });

  it('proposes nothing for a resource of another workspace than the one asked about', async () => {
    expect(await order('theirs', 'view', { workspaceId: sales.id })).toMatchObject({
      allowed: false,
      missing: ['resource'],
      text: 'order theirs is in another workspace: Elsewhere.',
      changes: [],
    });
  });

  it('widens what a delegate was granted', async () => {
    const explained = await order('own', 'edit', { grantedActions: ['order:view'] });
    expect(explained).toMatchObject({ allowed: false, missing: ['grant'] });
    expect(explained.text).toBe('Ada may, but the delegate was not granted order:edit.');
    expect(explained.changes).toEqual([{ kind: 'widen_grant', text: 'Grant the delegate order:edit' }]);
  });

  it('asks who was invited to accept, and invites anew who can not sign in', async () => {
    const person = await house.person({ name: 'Ivy' });
    await house.query(`UPDATE users SET state = 'invited', password_hash = NULL WHERE id = $1`, [person.id]);
    const asked = { userId: person.id };
    expect(texts(await order('seen', 'view', asked))[0]).toMatch(/^Have Ivy accept the invitation/);
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    expect(texts(await order('seen', 'view', asked))[0]).toBe(
      'Activate Ivy, and have Ivy accept a new invitation',
    );
  });
});

describe('what can not be explained is refused by name', () => {
  it.each([
    ['a person who is not there', { userId: nobody, action: 'orders:read' }, 'not_found'],
    ['an unknown service', { service: 'nothing', action: 'orders:read' }, 'service_unknown'],
    ['a service with a name that is no text', { service: 'a\0b', action: 'orders:read' }, 'service_unknown'],
    ['an unknown action', { action: 'orders:fly' }, 'action_unknown'],
    ['an action with a name that is no text', { action: 'orders\0' }, 'action_unknown'],
    ['a workspace that is not there', { action: 'orders:read', workspaceId: nobody }, 'not_found'],
  ] as const)('%s', async (_, asked, code) => {
    expect((await ask({ workspaceId: sales.id, ...asked })).code).toBe(code);
  });

  it('an unknown type, and of a known one an id that is no text', async () => {
    const about = { resourceId: '42', permission: 'view' } as const;
    expect((await ask({ type: 'boat', ...about })).code).toBe('resource_type_unknown');
    expect((await order('a\0b', 'view')).missing).toEqual(['resource']);
  });

  it.each([
    [{}, ['action']],
    [{ action: 'orders:read' }, ['workspace_id']],
    [{ type: 'order' }, ['resource_id', 'permission']],
    [{ resourceId: '42', permission: 'view' }, ['type']],
    [{ action: 'orders:read', type: 'order' }, ['type', 'workspace_id']],
    [{ permission: 'own' }, ['permission']],
    [{ action: 'x'.repeat(201) }, ['action']],
    [{ userId: 'ada' }, ['user_id']],
  ] as const)('half a question: %j', async (asked, fields) => {
    const body = JSON.stringify({
      user_id: ada.id,
      service: 'orders',
      ...Object.fromEntries(
        Object.entries(asked).map(([key, value]) => [
          key.replace(/[A-Z]/g, (one) => `_${one.toLowerCase()}`),
          value,
        ]),
      ),
    });
    const answer = await admin.call(accessExplain, { rawBody: body });
    expect([answer.code, answer.fields]).toEqual(['validation_failed', fields]);
  });
});
