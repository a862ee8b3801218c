import type { ResourceRight } from '@castellan/contract';
import { grantable } from './principals.ts';
import type { Chance } from './random-world.ts';
import type { WorldSubject } from './reference.ts';
import type { AccessWorld } from './world.ts';

/** What can be asked for of a resource. */
export const rights: readonly ResourceRight[] = ['view', 'edit', 'manage'];

/** One question about a resource of a world. */
export interface WorldResourceQuestion {
  readonly subject: WorldSubject;
  readonly type: string;
  readonly key: string;
  readonly right: ResourceRight;
}

/** One question about an action of a world. */
export interface WorldActionQuestion {
  readonly subject: WorldSubject;
  readonly action: string;
}

/** Everybody in a world, and somebody who is not, each as a person or a delegate, in one workspace, in any or in one that is none. */
export function subjectsOf(world: AccessWorld, chance: Chance): WorldSubject[] {
  const all = grantable(world);
  // Mostly a workspace of theirs, or any: elsewhere nearly every answer is a no.
  const workspaceOf = (userId: string): string | null => {
    const own = world.workspaces.filter(({ members }) => members.some((member) => member.userId === userId));
    if (chance.happens(0.35)) return null;
    if (chance.happens(0.05)) return chance.id();
    return chance.pick(own.length === 0 || chance.happens(0.15) ? world.workspaces : own).id;
  };
  const granted = (): ReadonlySet<string> | null =>
    chance.happens(0.7) ? null : new Set(chance.some(all, chance.next()));
  return [...world.users.map(({ id }) => id), chance.id()].map((userId) => ({
    userId,
    workspaceId: workspaceOf(userId),
    granted: granted(),
  }));
}

/** The resources of a world, and one that is not there. */
export function namedResourcesOf(world: AccessWorld): { readonly type: string; readonly key: string }[] {
  return [...world.resources, { type: world.types[0]!.name, key: 'never registered' }];
}

/** Every right to every resource, and to one that is not there, for each subject. */
export function resourceQuestionsOf(
  world: AccessWorld,
  subjects: readonly WorldSubject[],
): WorldResourceQuestion[] {
  const named = namedResourcesOf(world);
  return subjects.flatMap((subject) =>
    named.flatMap(({ type, key }) => rights.map((right) => ({ subject, type, key, right }))),
  );
}

/** Every action for each subject. */
export function actionQuestionsOf(
  world: AccessWorld,
  subjects: readonly WorldSubject[],
): WorldActionQuestion[] {
  return subjects.flatMap((subject) => world.actions.map(({ name }) => ({ subject, action: name })));
}
