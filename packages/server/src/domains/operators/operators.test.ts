import {
  adminSession,
  everyService,
  type OperatorRole,
  operatorsAdd,
  operatorsChange,
  operatorsRemove,
  stats,
  usersDelete,
  usersList,
  usersUpdate,
} from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleCaller, operatorsOf, signInToConsole } from '../../../test/operators.ts';

/** A21 operator grants: person × (service or every one) × owner, admin, support. */

let house: TestPlatform;
let ada: ConsoleCaller;
let services: Readonly<Record<'orders' | 'billing', string>>;
let add: Operators['add'];
let signIn: Operators['signIn'];
let operator: Operators['operator'];
type Operators = Awaited<ReturnType<typeof operatorsOf>>;

beforeAll(async () => {
  house = await createTestPlatform();
  ({ ada, services, add, signIn, operator } = await operatorsOf(house));
});
afterAll(() => house.close());

const change = (by: TestCaller, person: { id: string }, scope: string, role: OperatorRole) =>
  by.call(operatorsChange, { params: { id: person.id, scope }, body: { role } });
const remove = (by: TestCaller, person: { id: string }, scope: string) =>
  by.call(operatorsRemove, { params: { id: person.id, scope } });

const login = (person: TestPerson) => signInToConsole(house, person);

async function eventsOf(person: { id: string }) {
  await house.platform.settled();
  return house.query<{ action: string; service: string | null; detail: unknown; actor: string }>(
    `SELECT action, service, detail, actors->0->>'label' AS actor FROM activity_events
     WHERE target_id = $1 AND action LIKE 'operator_%' ORDER BY sequence`,
    [person.id],
  );
}

describe('any grant opens the console, and says no more than it gives', () => {
  it('signs in with the roles that they have, and is told so', async () => {
    const person = await house.person({ name: 'Sam Support' });
    expect((await login(person)).code).toBe('not_admin');
    await add(ada, person, services.orders, 'support');
    const answer = await login(person);
    expect(answer.result).toMatchObject({
      admin: false,
      roles: [{ service: { id: services.orders, name: 'orders' }, role: 'support' }],
    });
    const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
    expect(decodeJwt(cookie.split('=')[1]!).admin).toBe(false);
    expect((await house.caller({ cookie }).call(adminSession)).result).toMatchObject({
      id: person.id,
      admin: false,
      roles: [{ service: { id: services.orders, name: 'orders' }, role: 'support' }],
    });
  });

  it('an administrator is the owner of every service', async () => {
    expect((await ada.call(adminSession)).result).toMatchObject({
      admin: true,
      roles: [{ service: null, role: 'owner' }],
    });
  });

  it('refuses them what is for administrators, and tells a refused change in the timeline', async () => {
    const owner = await operator(services.orders, 'owner');
    expect((await owner.call(usersList)).code).toBe('not_admin');
    expect((await owner.call(stats)).code).toBe('not_admin');
    const target = await house.person();
    const answer = await owner.call(usersUpdate, { params: { id: target.id }, body: { isAdmin: true } });
    expect([answer.status, answer.code]).toEqual([403, 'not_admin']);
    await house.platform.settled();
    const [event] = await house.query(
      `SELECT detail->>'operation' AS operation, detail->>'code' AS code FROM activity_events
       WHERE action = 'mutation_refused' AND actor_id = $1`,
      [owner.person.id],
    );
    expect(event).toEqual({ operation: 'users.update', code: 'not_admin' });
  });

  it('is over with the next call once the last grant is withdrawn, not before', async () => {
    const both = await operator(services.orders, 'admin');
    await add(ada, both.person, services.billing, 'support');
    expect((await remove(ada, both.person, services.orders)).status).toBe(204);
    expect((await both.call(adminSession)).result.roles).toEqual([
      { service: { id: services.billing, name: 'billing' }, role: 'support' },
    ]);
    expect((await remove(ada, both.person, services.billing)).status).toBe(204);
    expect((await both.call(adminSession)).code).toBe('session_ended');
    expect((await login(both.person)).code).toBe('not_admin');
    // A new grant does not bring an ended session back.
    await add(ada, both.person, services.orders, 'admin');
    expect((await both.call(adminSession)).code).toBe('session_ended');
  });

  it('is over when a grant goes in a way that ends no session: with its service', async () => {
    await house.service('short-lived');
    const [{ id } = { id: '' }] = await house.query<{ id: string }>(
      `SELECT id FROM services WHERE name = 'short-lived'`,
    );
    const last = await operator(id, 'owner');
    await house.query('DELETE FROM services WHERE id = $1', [id]);
    expect((await last.call(adminSession)).code).toBe('not_admin');
  });

  it('deactivation ends it like anybody’s', async () => {
    const gone = await operator(services.orders, 'owner');
    await ada.call(usersUpdate, { params: { id: gone.person.id }, body: { isActive: false } });
    expect((await gone.call(adminSession)).code).toBe('account_deactivated');
    expect((await login(gone.person)).code).toBe('account_deactivated');
  });
});

describe('grants are managed by owners', () => {
  it('an administrator adds, changes and removes any; each is told with the old and the new role', async () => {
    const person = await house.person({ name: 'Gil Granted' });
    const added = await add(ada, person, services.orders, 'support');
    expect(added.result).toMatchObject({
      id: person.id,
      grants: [
        {
          service: { name: 'orders' },
          role: 'support',
          grantedBy: { id: ada.person.id, name: 'Ada Admin' },
          canChange: true,
        },
      ],
      hiddenGrants: 0,
      consoleSessions: 0,
    });
    expect((await change(ada, person, services.orders, 'admin')).result.grants[0]!.role).toBe('admin');
    expect((await remove(ada, person, services.orders)).status).toBe(204);
    expect(await eventsOf(person)).toEqual([
      {
        action: 'operator_added',
        service: 'orders',
        actor: 'Ada Admin',
        detail: { service: 'orders', role: { before: null, after: 'support' } },
      },
      {
        action: 'operator_role_changed',
        service: 'orders',
        actor: 'Ada Admin',
        detail: { service: 'orders', role: { before: 'support', after: 'admin' } },
      },
      {
        action: 'operator_removed',
        service: 'orders',
        actor: 'Ada Admin',
        detail: { service: 'orders', role: { before: 'admin', after: null } },
      },
    ]);
  });

  it('a change that changes nothing is told nowhere', async () => {
    const { person } = await operator(services.orders, 'admin');
    expect((await change(ada, person, services.orders, 'admin')).status).toBe(200);
    expect(await eventsOf(person)).toHaveLength(1);
  });

  it('owner of every service and administrator are one thing, whichever way it is said', async () => {
    const person = await house.person();
    await add(ada, person, everyService, 'admin');
    expect((await change(ada, person, everyService, 'owner')).result.grants).toMatchObject([
      { service: null, role: 'owner', grantedAt: null },
    ]);
    const chief = await signIn(person);
    expect((await chief.call(adminSession)).result.admin).toBe(true);
    // Made an administrator on the page of the person instead, no lesser grant is left to outlive a demotion.
    const other = await house.person();
    await add(ada, other, everyService, 'support');
    await ada.call(usersUpdate, { params: { id: other.id }, body: { isAdmin: true } });
    expect(await house.query('SELECT FROM operator_grants WHERE user_id = $1', [other.id])).toEqual([]);
    await ada.call(usersUpdate, { params: { id: other.id }, body: { isAdmin: false } });
    expect((await login(other)).code).toBe('not_admin');
    // Down to admin of every service: administration is gone, the grant is there.
    expect((await change(ada, person, everyService, 'admin')).result.grants).toMatchObject([
      { service: null, role: 'admin' },
    ]);
    expect((await chief.call(stats)).code).toBe('session_ended');
    expect((await login(person)).result).toMatchObject({
      admin: false,
      roles: [{ service: null, role: 'admin' }],
    });
    expect((await eventsOf(person)).map(({ detail }) => (detail as { role: unknown }).role)).toEqual([
      { before: null, after: 'admin' },
      { before: 'admin', after: 'owner' },
      { before: 'owner', after: 'admin' },
    ]);
  });

  it('an owner of a service manages that service, and no other nor every one', async () => {
    const owner = await operator(services.orders, 'owner');
    const person = await house.person();
    expect((await add(owner, person, services.orders, 'owner')).status).toBe(201);
    expect((await change(owner, person, services.orders, 'support')).status).toBe(200);
    for (const scope of [services.billing, everyService])
      for (const role of ['owner', 'admin', 'support'] as const) {
        expect((await add(owner, person, scope, role)).code).toBe('operator_role_missing');
        expect((await change(owner, person, scope, role)).code).toBe('operator_role_missing');
        expect((await remove(owner, person, scope)).code).toBe('operator_role_missing');
      }
    expect((await remove(owner, person, services.orders)).status).toBe(204);
  });

  it('who does not own learns nothing: the refusal is the same whether the service and the person exist', async () => {
    const owner = await operator(services.orders, 'owner');
    const nobody = { id: '01930000-0000-7000-8000-000000000001' };
    const known = await add(owner, ada.person, services.billing, 'support');
    const unknown = await add(owner, nobody, nobody.id, 'support');
    expect([known.status, known.code]).toEqual([unknown.status, unknown.code]);
    expect(unknown.code).toBe('operator_role_missing');
  });

  it('nobody raises themselves', async () => {
    for (const [scope, role] of [
      [services.orders, 'support'],
      [services.orders, 'admin'],
      [everyService, 'support'],
      [everyService, 'admin'],
    ] as const) {
      const climber = await operator(scope, role);
      for (const wanted of ['owner', 'admin'] as const) {
        for (const target of [services.orders, services.billing, everyService]) {
          expect((await change(climber, climber.person, target, wanted)).code).toBe('operator_role_missing');
          expect((await add(climber, climber.person, target, wanted)).code).toBe('operator_role_missing');
        }
      }
    }
    const owner = await operator(services.orders, 'owner');
    expect((await add(owner, owner.person, everyService, 'owner')).code).toBe('operator_role_missing');
    expect((await add(owner, owner.person, services.billing, 'support')).code).toBe('operator_role_missing');
    // What they may do is step down; there is no way back up.
    expect((await change(owner, owner.person, services.orders, 'admin')).status).toBe(200);
    expect((await change(owner, owner.person, services.orders, 'owner')).code).toBe('operator_role_missing');
    expect((await owner.call(adminSession)).result.roles).toMatchObject([{ role: 'admin' }]);
  });

  it('P3 the last owner of every service stays, also against two who remove each other at once', async () => {
    const lonely = await createTestPlatform();
    const first = await lonely.administrator();
    const at = (id: string) => ({ params: { id, scope: everyService } });
    expect((await first.call(operatorsRemove, at(first.person.id))).code).toBe('last_administrator');
    expect(
      (await first.call(operatorsChange, { ...at(first.person.id), body: { role: 'admin' } })).code,
    ).toBe('last_administrator');
    const second = await lonely.administrator();
    const answers = await Promise.all([
      first.call(operatorsRemove, at(second.person.id)),
      second.call(operatorsRemove, at(first.person.id)),
    ]);
    expect(answers.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(1);
    const left = await lonely.query('SELECT FROM users WHERE is_admin');
    expect(left.length).toBeGreaterThanOrEqual(1);
    await lonely.close();
  });

  it('refuses a change whose author lost their role between authentication and the write', async () => {
    const owner = await operator(services.orders, 'owner');
    const person = await house.person();
    const client = await house.platform.database.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [owner.person.id]);
    await client.query(`UPDATE operator_grants SET role = 'admin' WHERE user_id = $1`, [owner.person.id]);
    const write = add(owner, person, services.orders, 'owner');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query('COMMIT');
    client.release();
    expect((await write).code).toBe('operator_role_missing');
    expect(await house.query('SELECT FROM operator_grants WHERE user_id = $1', [person.id])).toEqual([]);
  });

  it('refuses a second grant, a stranger, an unknown service, who is deactivated, and an unknown role', async () => {
    const { person } = await operator(services.orders, 'admin');
    expect((await add(ada, person, services.orders, 'owner')).code).toBe('operator_exists');
    expect((await add(ada, ada.person, everyService, 'support')).code).toBe('operator_exists');
    const nobody = { id: '01930000-0000-7000-8000-000000000001' };
    expect((await add(ada, nobody, services.orders, 'admin')).code).toBe('not_found');
    expect((await add(ada, await house.person(), nobody.id, 'admin')).code).toBe('not_found');
    expect((await change(ada, person, services.billing, 'admin')).code).toBe('not_found');
    expect((await remove(ada, person, services.billing)).code).toBe('not_found');
    const gone = await house.person();
    await ada.call(usersUpdate, { params: { id: gone.id }, body: { isActive: false } });
    const refused = await add(ada, gone, services.orders, 'support');
    expect([refused.code, refused.fields]).toEqual(['validation_failed', ['user_id']]);
    const wrong = await ada.call(operatorsAdd, {
      rawBody: JSON.stringify({ user_id: person.id, service: services.billing, role: 'root' }),
    });
    expect([wrong.code, wrong.fields]).toEqual(['validation_failed', ['role']]);
  });

  it('a deleted account tells which roles went with it', async () => {
    const { person } = await operator(services.orders, 'admin');
    expect((await ada.call(usersDelete, { params: { id: person.id } })).status).toBe(204);
    expect(await house.query('SELECT FROM operator_grants WHERE user_id = $1', [person.id])).toEqual([]);
    await house.platform.settled();
    const [event] = await house.query<{ roles: unknown }>(
      `SELECT detail->'operator_roles' AS roles FROM activity_events WHERE action = 'user_deleted' AND target_id = $1`,
      [person.id],
    );
    expect(event!.roles).toEqual([{ service: 'orders', role: 'admin' }]);
  });

  it('the database itself holds no owner of every service beside an administrator, and no two grants of a pair', async () => {
    const person = await house.person();
    const insert = (service: string | null, role: string) =>
      house.query(
        `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, $2, $3, now(), now())`,
        [person.id, service, role],
      );
    await expect(insert(null, 'owner')).rejects.toThrow('operator_grants__owner_of_all_administers');
    await insert(null, 'admin');
    await expect(insert(null, 'support')).rejects.toThrow('operator_grants__one_for_each_service');
    await expect(insert(services.orders, 'root')).rejects.toThrow('operator_grants__role_known');
  });
});
