import { setTimeout as sleep } from 'node:timers/promises';
import { membersRemove, resourcesShare, roleMembersAdd } from '@castellan/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';
import type { TestPerson } from '../../../test/token-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { sql } from '../../platform/database/transaction.ts';
import type { Access, ResourceQuestion } from './access.ts';
import { createAccess } from './create-access.ts';

let house: AccessHouse;
let orders: AskingService;
let admin: Awaited<ReturnType<AccessHouse['administrator']>>;
let access: Access;
beforeAll(async () => {
  house = await createAccessHouse();
  [orders, admin] = [await house.asking('orders'), await house.administrator()];
  access = createAccess({ pool: house.platform.database.pool });
});
afterAll(() => house.close());

let boss: TestPerson;
let leaving: TestPerson;
let workspaceId: string;
let key: string;
beforeEach(async () => {
  [boss, leaving] = [await house.person(), await house.person()];
  workspaceId = (
    await house.workspace({
      members: [
        [boss, 'owner'],
        [leaving, 'admin'],
      ],
    })
  ).id;
  key = `of ${workspaceId}`;
  await house.resources(orders, { type: 'order', id: key, workspaceId, ownerId: boss.id });
});

const write: AccessHouse['platform']['database']['write'] = (origin, work) =>
  house.platform.database.write(origin, work);
const memberCall = () => ({ params: { id: workspaceId, uid: leaving.id } });
const share = () =>
  orders.call(resourcesShare, {
    params: { type: 'order', rid: key },
    body: { userId: leaving.id, permission: 'edit' },
  });
const question = (right: ResourceQuestion['right']): ResourceQuestion => ({
  subject: { userId: leaving.id, workspaceId, granted: null },
  serviceId: orders.id,
  type: 'order',
  key,
  right,
});
/** Whether something is still under way after a moment in which it could have finished. */
const waits = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => false), sleep(400).then(() => true)]);
const left = (table: 'resource_shares' | 'role_members') =>
  house.query(`SELECT FROM ${table} WHERE workspace_id = $1 AND user_id = $2`, [workspaceId, leaving.id]);

describe('P10 nothing that is given to a member who is being removed survives', () => {
  it('a share that comes while they leave is refused', async () => {
    const sharing = await write(systemOrigin, async (tx) => {
      await tx.db.execute(sql`DELETE FROM members WHERE user_id = ${leaving.id}`);
      const pending = share();
      expect(await waits(pending)).toBe(true);
      return { pending };
    });
    expect((await sharing.pending).code).toBe('not_found');
    expect(await left('resource_shares')).toEqual([]);
  });

  it('so is a role', async () => {
    const roleId = await house.role(orders, workspaceId, ['orders:refund'], {});
    const giving = await write(systemOrigin, async (tx) => {
      await tx.db.execute(sql`DELETE FROM members WHERE user_id = ${leaving.id}`);
      const pending = admin.call(roleMembersAdd, { params: { id: roleId, uid: leaving.id } });
      expect(await waits(pending)).toBe(true);
      return { pending };
    });
    expect((await giving.pending).code).toBeDefined();
    expect(await left('role_members')).toEqual([]);
  });

  it('whichever comes first, twenty times at once', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const [shared, removed] = await Promise.all([share(), admin.call(membersRemove, memberCall())]);
      expect([undefined, 'not_found']).toContain(shared.code);
      expect(removed.code).toBeUndefined();
      expect(await left('resource_shares')).toEqual([]);
      await house.member(workspaceId, leaving, 'admin');
    }
  });
});

describe('a write reads its facts with their rows locked', () => {
  const takings = {
    'a demotion': () => sql`UPDATE members SET role = 'viewer' WHERE user_id = ${leaving.id}`,
    'a removal from the workspace': () => sql`DELETE FROM members WHERE user_id = ${leaving.id}`,
    'a deactivation': () => sql`UPDATE users SET state = 'deactivated' WHERE id = ${leaving.id}`,
    'a removal of the resource': () => sql`DELETE FROM resources WHERE key = ${key}`,
  };

  it.each(Object.entries(takings))('%s that came before refuses it', async (_, taking) => {
    const deciding = await write(systemOrigin, async (tx) => {
      await tx.db.execute(taking());
      const pending = write(systemOrigin, (other) => access.confirmResource(other, question('manage')));
      expect(await waits(pending)).toBe(true);
      return { pending };
    });
    expect(await deciding.pending).toMatchObject({ allowed: false });
  });

  it.each(Object.entries(takings))('%s that comes later waits for it', async (_, taking) => {
    const after = await write(systemOrigin, async (tx) => {
      expect(await access.confirmResource(tx, question('manage'))).toMatchObject({ allowed: true });
      const pending = write(systemOrigin, (other) => other.db.execute(taking()));
      expect(await waits(pending)).toBe(true);
      return { pending };
    });
    await after.pending;
    expect(await access.checkResources([question('manage')])).toMatchObject([{ allowed: false }]);
  });

  it('shares and groups that bring a right wait, too', async () => {
    const groupId = await house.group(workspaceId, [leaving]);
    await house.query(`UPDATE members SET role = 'viewer' WHERE user_id = $1`, [leaving.id]);
    await house.query(
      `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, group_id, permission, created_at)
       SELECT gen_random_uuid(), workspace_id, type_id, id, $2, 'edit', now() FROM resources WHERE key = $1`,
      [key, groupId],
    );
    const takingsOfGroups = [
      sql`DELETE FROM group_members WHERE group_id = ${groupId}`,
      sql`UPDATE resource_shares SET permission = 'view' WHERE group_id = ${groupId}`,
      sql`DELETE FROM groups WHERE id = ${groupId}`,
    ];
    const pending = await write(systemOrigin, async (tx) => {
      expect(await access.confirmResource(tx, question('edit'))).toMatchObject({ allowed: true });
      const waiting = takingsOfGroups.map((taking) =>
        write(systemOrigin, (other) => other.db.execute(taking)),
      );
      for (const one of waiting) expect(await waits(one)).toBe(true);
      return waiting;
    });
    await Promise.all(pending);
    expect(await access.checkResources([question('edit')])).toMatchObject([{ allowed: false }]);
  });
});
