import { type AccessFacts, type Decision, decide as productDecide } from '@castellan/server';
import { actionFactsOf, resourceFactsOf } from './facts-of.ts';
import { principalOf } from './principals.ts';
import { namedResourcesOf, rights, subjectsOf } from './questions.ts';
import { chanceOf, randomAccessWorld } from './random-world.ts';
import { mayAct, mayTouch, type WorldSubject } from './reference.ts';
import { OpenVerdict, type Verdict } from './verdict.ts';
import type { AccessWorld, WorldResource } from './world.ts';

/**
 * Makes up the world of a seed and holds `decide` against the reference, for everybody, every action, right and resource.
 *
 * @param decide the product's, or a wrong one, to see that it is found out
 */
export function judgeDecide(seed: number, decide: typeof productDecide = productDecide): Verdict {
  const world = randomAccessWorld(seed);
  const verdict = new OpenVerdict();
  for (const subject of subjectsOf(world, chanceOf(~seed))) {
    const principal = principalOf(world, subject);
    const judge = (
      facts: AccessFacts,
      request: AccessRequest,
      question: object,
      expected: boolean,
    ): Decision => {
      const answer = decide(facts, request);
      const asked = { world: seed, subject, ...question };
      verdict.answer(`${request.kind}s`, principal, answer.allowed);
      if (answer.allowed !== expected)
        verdict.differs(`the rules say ${expected ? 'yes' : 'no'}`, { asked, answer });
      if (subject.granted !== null)
        verdict.beside(answer.allowed, decide({ ...facts, granted: null }, request).allowed, asked);
      if (answer.allowed ? answer.path.length === 0 : answer.missing.length !== 1)
        verdict.differs('no reason', { asked, answer });
      return answer;
    };
    for (const { name: action } of world.actions) {
      const facts = actionFactsOf(world, subject, action);
      const answer = judge(facts, { kind: 'action', action }, { action }, mayAct(world, subject, action));
      if (answer.allowed && !leadsToAction(world, subject, answer, action))
        verdict.differs('the path leads nowhere', { world: seed, subject, action, answer });
    }
    for (const { type, key } of namedResourcesOf(world)) {
      const resource = world.resources.find((one) => one.type === type && one.key === key);
      const facts = resourceFactsOf(world, subject, resource);
      for (const right of rights) {
        const question = { type, key, right };
        const answer = judge(
          facts,
          { kind: 'resource', type, right },
          question,
          mayTouch(world, subject, question),
        );
        if (answer.allowed && !leadsToResource(world, subject, answer, resource))
          verdict.differs('the path leads nowhere', { world: seed, subject, ...question, answer });
      }
    }
  }
  return verdict.close();
}

type AccessRequest = Parameters<typeof productDecide>[1];
type Path = readonly { readonly kind: string; readonly id?: string | undefined; readonly name: string }[];

/** Whether the path to an action is one that the world has: (a group of theirs →) a role that is given so → the action. */
export function leadsToAction(
  world: AccessWorld,
  subject: WorldSubject,
  { path }: { readonly path: Path },
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
export function leadsToResource(
  world: AccessWorld,
  { userId }: WorldSubject,
  { path }: { readonly path: Path },
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
