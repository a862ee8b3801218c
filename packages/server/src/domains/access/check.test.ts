import { chanceOf, randomAccessWorld, writeAccessWorld } from '@castellan/testkit';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Subject } from './access.ts';
import { createAccess } from './create-access.ts';

const world = randomAccessWorld(7);
const { serviceId } = world;
const owned = world.resources.find(({ ownerId, workspaceId }) => {
  const members = world.workspaces.find(({ id }) => id === workspaceId)!.members;
  return (
    members.some(({ userId }) => userId === ownerId) &&
    world.users.some(({ id, state }) => id === ownerId && state === 'active')
  );
})!;
const owner: Subject = { userId: owned.ownerId!, workspaceId: owned.workspaceId, granted: null };
const about = { subject: owner, serviceId, type: owned.type, key: owned.key, right: 'manage' } as const;
const anAction = { subject: owner, serviceId, action: world.actions[0]!.name };
const yes = { allowed: true, path: [{ kind: 'owner', name: 'owner' }], missing: [] };

let database: TestDatabase;
let access: Access;
const sent: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await writeAccessWorld((text, values) => database.pool.query(text, [...values]), world);
  const watched = {
    query: (query: { name: string; text: string; values: unknown[] }) => {
      sent.push(query.name);
      return database.pool.query(query);
    },
  } as unknown as Pool; // Of a pool, access uses `query` alone.
  access = createAccess({ pool: watched });
});
afterAll(() => database.drop());

/** How many queries some work sends. */
async function queriesOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  sent.length = 0;
  await work();
  return [...sent];
}

describe('queries', () => {
  it('a batch of 100 checks is one', async () => {
    const hundred = Array.from({ length: 100 }, () => about);
    expect(await queriesOf(() => access.checkResources(hundred))).toEqual(['facts of resources']);
    expect(await queriesOf(() => access.checkActions(hundred.map(() => anAction)))).toEqual([
      'facts of actions',
    ]);
  });

  it('those of 200 callers at one moment are shared, and each gets its own answer', async () => {
    const calls = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? [about] : [{ ...about, key: 'nowhere' }],
    );
    let answers: unknown[] = [];
    const queries = await queriesOf(async () => {
      answers = await Promise.all(calls.map((questions) => access.checkResources(questions)));
    });
    // In two parts of a hundred: while the database works on one, the other's answers are read.
    expect(queries).toHaveLength(2);
    expect(answers[0]).toEqual([yes]);
    expect(answers[1]).toEqual([{ allowed: false, path: [], missing: ['resource'] }]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(2);
  });

  it('lists and searches are one for each page', async () => {
    const page = { ...about, right: 'view', limit: 3 } as const;
    expect(await queriesOf(() => access.accessible(page))).toHaveLength(1);
    expect(await queriesOf(() => access.subjectsOfResource(page))).toHaveLength(1);
    expect(await queriesOf(() => access.actionsOf(owner, serviceId))).toHaveLength(1);
    const search = { serviceId, workspaceId: owned.workspaceId, action: anAction.action, limit: 3 };
    expect(await queriesOf(() => access.subjectsOfAction(search))).toHaveLength(1);
  });
});

describe('what is unknown is named, never a no', () => {
  const page = { subject: owner, serviceId, type: 'planet', right: 'view', limit: 3 } as const;
  const search = { serviceId, workspaceId: owned.workspaceId, action: 'orders:fly', limit: 3 };
  const stranger = chanceOf(1).id();

  it.each<[string, () => Promise<unknown>]>([
    ['a check', () => access.checkActions([anAction, { ...anAction, action: 'orders:fly' }])],
    ['a search', () => access.subjectsOfAction(search)],
  ])('an action, in %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'action_unknown',
      detail: 'The service has no action “orders:fly”.',
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a check', () => access.checkResources([about, { ...about, type: 'planet' }])],
    ['a list', () => access.accessible(page)],
    ['a search', () => access.subjectsOfResource({ ...page, key: '1' })],
  ])('a type, in %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'resource_type_unknown',
      detail: 'The service has no resource of the type “planet”.',
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a check', () => access.checkResources([{ ...about, serviceId: stranger }])],
    ['a check of an action', () => access.checkActions([{ ...anAction, serviceId: stranger }])],
    ['a list', () => access.accessible({ ...page, serviceId: stranger })],
    ['a search', () => access.subjectsOfAction({ ...search, serviceId: stranger })],
  ])('a service, in %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ code: 'service_unknown' });
  });

  it('refuses nobody else who asks at the same moment', async () => {
    const [unknown, known] = await Promise.allSettled([
      access.checkResources([{ ...about, type: 'planet' }]),
      access.checkResources([about]),
    ]);
    expect(unknown.status).toBe('rejected');
    expect(known).toEqual({ status: 'fulfilled', value: [yes] });
  });
});

describe('what no column can hold names nothing, and fails nobody', () => {
  it.each(['not an id', '', '\0', 'x'.repeat(5000), "'; DROP TABLE users; --"])('%j', async (odd) => {
    const [checks, neighbours] = await Promise.all([
      access.checkResources([
        { ...about, key: odd },
        { ...about, subject: { ...owner, userId: odd } },
        { ...about, subject: { ...owner, workspaceId: odd } },
      ]),
      access.checkResources([about]),
    ]);
    expect(checks.map(({ missing }) => missing)).toEqual([['resource'], ['user_unknown'], ['resource']]);
    expect(neighbours).toEqual([yes]);
    const subject = { ...owner, userId: odd };
    expect(await access.actionsOf(subject, serviceId)).toEqual([]);
    expect(await access.accessible({ ...about, subject, limit: 5, after: odd, enumerate: true })).toEqual({
      ids: [],
      all: false,
    });
    await expect(access.checkActions([{ ...anAction, action: odd }])).rejects.toMatchObject({
      code: 'action_unknown',
    });
  });

  it('an id in capital letters is the same id', async () => {
    const subject = { ...owner, userId: owner.userId.toUpperCase() };
    expect(await access.checkResources([{ ...about, subject }])).toEqual([yes]);
  });
});
