import type { resourceRights } from '@castellan/contract';

/** What the page about who may what asks, as the address bar holds it. */
export interface Question {
  readonly user?: string | undefined;
  readonly about?: 'action' | 'resource' | undefined;
  readonly service?: string | undefined;
  /** Of an action, where it would be done; of a resource, where it is. */
  readonly workspace?: string | undefined;
  readonly action?: string | undefined;
  readonly type?: string | undefined;
  readonly resource?: string | undefined;
  readonly right?: (typeof resourceRights)[number] | undefined;
  /** Who asks: the person unless told. */
  readonly by?: 'delegate' | undefined;
  /** Of a delegate: the scopes that it was granted, with spaces between. */
  readonly granted?: string | undefined;
}

/** Whether a question is about a resource; a link need not say so when it names one. */
export const isAboutResource = ({ about, type }: Question): boolean =>
  about === 'resource' || (about === undefined && type !== undefined);

/** The scope that grants a delegate what is asked about: the action by its name, or the right to resources of the type. */
export function scopeOf(question: Question): string | undefined {
  const { action, type, right = 'view' } = question;
  return isAboutResource(question) ? type && `${type}:${right}` : action;
}

/** The question as the contract takes it, or nothing while something is still to be chosen. */
export function bodyOf(question: Question) {
  const subject = subjectOf(question);
  const { service, workspace, action, type, resource, right = 'view' } = question;
  if (subject === undefined || service === undefined) return undefined;
  if (isAboutResource(question))
    return type === undefined || resource === undefined
      ? undefined
      : { ...subject, service, type, resourceId: resource, permission: right };
  return action === undefined || workspace === undefined
    ? undefined
    : { ...subject, service, action, workspaceId: workspace };
}

function subjectOf({ user, by, granted = '' }: Question) {
  if (user === undefined) return undefined;
  if (by !== 'delegate') return { userId: user };
  return { userId: user, grantedActions: granted.split(/\s+/).filter((scope) => scope !== '') };
}
