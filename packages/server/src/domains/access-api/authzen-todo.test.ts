import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, createAccessHouse } from '../../../test/access-house.ts';
import { authzenCaller } from '../../../test/authzen-caller.ts';
import type { TestPerson } from '../../../test/token-house.ts';

/**
 * The Todo scenario of the AuthZEN interoperability events. Its users, roles and actions are people, roles and actions of
 * one workspace here; a todo is a resource that its owner has. Who may see a todo is what makes "their own" of the
 * scenario: an editor may update todos, and of those that they can see, only theirs are not open to all.
 */

const people = {
  rick: { name: 'Rick Sanchez', email: 'rick@the-citadel.com', roles: ['admin', 'evil_genius'] },
  morty: { name: 'Morty Smith', email: 'morty@the-citadel.com', roles: ['editor'] },
  summer: { name: 'Summer Smith', email: 'summer@the-smiths.com', roles: ['editor'] },
  beth: { name: 'Beth Smith', email: 'beth@the-smiths.com', roles: ['viewer'] },
  jerry: { name: 'Jerry Smith', email: 'jerry@the-smiths.com', roles: ['viewer'] },
} as const;
type Name = keyof typeof people;
const names = Object.keys(people) as Name[];

const viewer = ['can_read_user', 'can_read_todos'];
const editor = [...viewer, 'can_create_todo', 'can_update_todo', 'can_delete_todo'];
const roles = { viewer, editor, admin: editor, evil_genius: editor };

let house: AccessHouse;
let ask: ReturnType<typeof authzenCaller>;
let users: Record<Name, TestPerson>;

beforeAll(async () => {
  house = await createAccessHouse();
  const service = await house.asking('todo');
  ask = authzenCaller(house, service);
  const made = await Promise.all(names.map((name) => house.person(people[name])));
  users = Object.fromEntries(names.map((name, index) => [name, made[index]!])) as Record<Name, TestPerson>;
  // Who may change everybody's todos sees them all: an administrator of the workspace.
  const workspace = await house.workspace({
    members: names.map((name) => [users[name], name === 'rick' ? 'admin' : 'viewer']),
  });
  for (const [role, actions] of Object.entries(roles))
    await house.role(service, workspace.id, actions, {
      name: role,
      people: names.filter((name) => people[name].roles.includes(role as never)).map((name) => users[name]),
    });
  await house.resources(
    service,
    { type: 'todo', id: 'todo-1', workspaceId: workspace.id, visibility: 'workspace' },
    ...names.flatMap((name) => [
      { type: 'user', id: people[name].email, workspaceId: workspace.id, visibility: 'workspace' as const },
      { type: 'todo', id: `todo of ${name}`, workspaceId: workspace.id, ownerId: users[name].id },
    ]),
  );
});
afterAll(() => house.close());

const may = async (name: Name, action: string, type: string, id: string): Promise<boolean> =>
  (
    await ask('evaluation', {
      subject: { type: 'user', id: users[name].id },
      action: { name: action },
      resource: { type, id },
      context: {},
    })
  ).body.decision;

describe('the Todo scenario decides as it is written', () => {
  it.each(names)('%s reads users and the list of todos', async (name) => {
    for (const other of names)
      expect(await may(name, 'can_read_user', 'user', people[other].email)).toBe(true);
    expect(await may(name, 'can_read_todos', 'todo', 'todo-1')).toBe(true);
  });

  it.each([
    ['rick', true, true, true],
    ['morty', true, true, false],
    ['summer', true, true, false],
    ['beth', false, false, false],
    ['jerry', false, false, false],
  ] as const)(
    '%s creates: %s, changes and deletes their own: %s, and those of others: %s',
    async (name, creates, own, others) => {
      expect(await may(name, 'can_create_todo', 'todo', 'todo-1')).toBe(creates);
      for (const action of ['can_update_todo', 'can_delete_todo'])
        for (const owner of names)
          expect(await may(name, action, 'todo', `todo of ${owner}`), `${action} of ${owner}`).toBe(
            owner === name ? own : others,
          );
    },
  );

  it('the evaluations of one list: Morty may change his own, and Rick any', async () => {
    const list = async (name: Name) =>
      (
        await ask('evaluations', {
          subject: { type: 'user', id: users[name].id },
          action: { name: 'can_update_todo' },
          resource: {},
          context: {},
          evaluations: ['rick', 'morty'].map((owner) => ({
            resource: {
              type: 'todo',
              id: `todo of ${owner}`,
              properties: { ownerID: people[owner as Name].email },
            },
          })),
        })
      ).body.evaluations.map(({ decision }: { decision: boolean }) => decision);
    expect(await list('morty')).toEqual([false, true]);
    expect(await list('rick')).toEqual([true, true]);
  });

  it('what a caller claims about the owner changes nothing', async () => {
    const { body } = await ask('evaluation', {
      subject: { type: 'user', id: users.morty.id },
      action: { name: 'can_update_todo' },
      resource: { type: 'todo', id: 'todo of rick', properties: { ownerID: people.morty.email } },
    });
    expect(body.decision).toBe(false);
  });
});
