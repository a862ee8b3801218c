import { type Decision, decide as productDecide } from '@castellan/server';
import { actionFactsOf, resourceFactsOf } from './facts-of.ts';
import { actionQuestionsOf, resourceQuestionsOf, subjectsOf } from './questions.ts';
import { chanceOf, randomAccessWorld } from './random-world.ts';
import { mayAct, mayTouch, type WorldSubject } from './reference.ts';
import type { AccessWorld, WorldResource } from './world.ts';

/** What a judge found: how much was asked, how often the answer was yes, and where it differed from the rules. */
export interface Verdict {
  readonly asked: number;
  readonly allowed: number;
  readonly differences: readonly string[];
}

/**
 * Makes up the world of a seed and holds `decide` against the reference, for everybody, every action, right and resource.
 *
 * @param decide the product's, or a wrong one, to see that it is found out
 */
export function judgeDecide(seed: number, decide: typeof productDecide = productDecide): Verdict {
  const world = randomAccessWorld(seed);
  const subjects = subjectsOf(world, chanceOf(~seed));
  const differences: string[] = [];
  let asked = 0;
  let allowed = 0;
  const judge = (question: object, answer: Decision, asPerson: Decision, expected: boolean): void => {
    asked++;
    if (answer.allowed) allowed++;
    const complain = (what: string): unknown =>
      differences.push(`world ${seed}: ${what}: ${describe(question)} → ${JSON.stringify(answer)}`);
    if (answer.allowed !== expected) complain(`the rules say ${expected ? 'yes' : 'no'}`);
    if (answer.allowed && !asPerson.allowed) complain('a delegate exceeds its delegator');
    if (answer.allowed ? answer.path.length === 0 : answer.missing.length !== 1) complain('no reason');
  };
  for (const question of actionQuestionsOf(world, subjects)) {
    const { subject, action } = question;
    const facts = actionFactsOf(world, subject, action);
    const answer = decide(facts, { kind: 'action', action });
    const asPerson = decide({ ...facts, granted: null }, { kind: 'action', action });
    judge(question, answer, asPerson, mayAct(world, subject, action));
    if (answer.allowed && !leadsToAction(world, subject, answer, action))
      differences.push(
        `world ${seed}: the path leads nowhere: ${describe(question)} ${JSON.stringify(answer)}`,
      );
  }
  for (const question of resourceQuestionsOf(world, subjects)) {
    const { subject, type, key, right } = question;
    const resource = world.resources.find((one) => one.type === type && one.key === key);
    const facts = resourceFactsOf(world, subject, resource);
    const answer = decide(facts, { kind: 'resource', type, right });
    const asPerson = decide({ ...facts, granted: null }, { kind: 'resource', type, right });
    judge(question, answer, asPerson, mayTouch(world, subject, question));
    if (answer.allowed && !leadsToResource(world, subject, answer, resource))
      differences.push(
        `world ${seed}: the path leads nowhere: ${describe(question)} ${JSON.stringify(answer)}`,
      );
  }
  return { asked, allowed, differences };
}

/** Whether the path to an action is one that the world has: (a group of theirs →) a role that is given so → the action. */
function leadsToAction(
  world: AccessWorld,
  subject: WorldSubject,
  { path }: Decision,
  action: string,
): boolean {
  const workspace = world.workspaces.find(({ id }) => id === subject.workspaceId);
  const role = workspace?.roles.find(({ id }) => path.some((step) => step.kind === 'role' && step.id === id));
  const group = path.find(({ kind }) => kind === 'group');
  const last = path.at(-1);
  if (!role?.actions.includes(action) || last?.kind !== 'action' || last.name !== action) return false;
  if (!group) return path.length === 2 && role.userIds.includes(subject.userId);
  const members = workspace?.groups.find(({ id }) => id === group.id)?.userIds ?? [];
  return role.groupIds.includes(group.id ?? '') && members.includes(subject.userId);
}

/** Whether the path to a resource is one that the world has: its owner; a role in its workspace; (a group of theirs →) a share. */
function leadsToResource(
  world: AccessWorld,
  { userId }: WorldSubject,
  { path }: Decision,
  resource: WorldResource | undefined,
): boolean {
  const workspace = world.workspaces.find(({ id }) => id === resource?.workspaceId);
  const [first, second] = path;
  if (!workspace || !resource || !first) return false;
  switch (first.kind) {
    case 'owner':
      return path.length === 1 && resource.ownerId === userId;
    case 'workspace_role':
      return (
        workspace.members.some((member) => member.userId === userId && member.role === first.name) &&
        (second === undefined || (second.kind === 'visibility' && resource.visibility === second.name))
      );
    case 'share':
      return resource.shares.some((share) => share.userId === userId && share.permission === first.name);
    case 'group':
      return (
        workspace.groups.some(({ id, userIds }) => id === first.id && userIds.includes(userId)) &&
        second?.kind === 'share' &&
        resource.shares.some((share) => share.groupId === first.id && share.permission === second.name)
      );
    default:
      return false;
  }
}

/** A question as one can read it, sets included. */
export function describe(question: object): string {
  return JSON.stringify(question, (_, value) => (value instanceof Set ? [...value] : value));
}
