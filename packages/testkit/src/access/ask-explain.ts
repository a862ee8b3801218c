import type { AskedQuestion } from './make-proposed-change.ts';
import { mayAct, mayTouch, type WorldSubject } from './reference.ts';
import type { AccessWorld } from './world.ts';

/** The answer that the rules give to a question as an operator puts it. */
export function accordingToRules(world: AccessWorld, asked: AskedQuestion): boolean {
  const subject = subjectOf(asked);
  return asked.action !== undefined
    ? mayAct(world, subject, asked.action)
    : mayTouch(world, subject, { type: asked.type!, key: asked.resourceId!, right: asked.permission! });
}

/** About whom it is. */
export function subjectOf({ userId, workspaceId, grantedActions }: AskedQuestion): WorldSubject {
  return {
    userId,
    workspaceId: workspaceId ?? null,
    granted: grantedActions ? new Set(grantedActions) : null,
  };
}

/** Whether it is about a resource of another workspace than the one it names: what can't be changed. */
export function isElsewhere(world: AccessWorld, { workspaceId, type, resourceId }: AskedQuestion): boolean {
  const resource = world.resources.find((one) => one.type === type && one.key === resourceId);
  return resource !== undefined && workspaceId !== undefined && resource.workspaceId !== workspaceId;
}
