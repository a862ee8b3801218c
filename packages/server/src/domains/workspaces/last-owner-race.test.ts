import { setTimeout as sleep } from 'node:timers/promises';
import { membersRemove, membersUpdate } from '@castellan/contract';
import { createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { sql } from '../../platform/database/transaction.ts';
import { lockSoleOwnerships } from './membership.ts';

it('P6 somebody who is being deleted becomes no owner on whose word the last one is let go', async () => {
  const house = await createTestPlatform();
  const admin = await house.administrator();
  const [owner, leaving] = [await house.person(), await house.person()];
  const workspace = await house.workspace({
    members: [
      [owner, 'owner'],
      [leaving, 'editor'],
    ],
  });
  const member = (id: string) => ({ params: { id: workspace.id, uid: id } });
  const answers: Promise<{ code: string | undefined }>[] = [];
  // The two halves of a deletion, with everything else in between.
  await house.platform.database.write(systemOrigin, async (tx) => {
    expect(await lockSoleOwnerships(tx, leaving.id)).toEqual([]);
    answers.push(admin.call(membersUpdate, { ...member(leaving.id), body: { role: 'owner' } }));
    await Promise.race([answers[0], sleep(500)]);
    answers.push(admin.call(membersRemove, member(owner.id)));
    await Promise.race([answers[1], sleep(500)]);
    await tx.db.execute(sql`DELETE FROM users WHERE id = ${leaving.id}`);
  });
  expect((await Promise.all(answers)).map(({ code }) => code)).toEqual(['not_found', 'last_owner']);
  expect(
    await house.query("SELECT FROM members WHERE workspace_id = $1 AND role = 'owner'", [workspace.id]),
  ).toHaveLength(1);
  await house.close();
});
