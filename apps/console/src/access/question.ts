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
}

/** Whether a question is about a resource; a link need not say so when it names one. */
export const isAboutResource = ({ about, type }: Question): boolean =>
  about === 'resource' || (about === undefined && type !== undefined);

/** The question as the contract takes it, or nothing while something is still to be chosen. */
export function bodyOf(question: Question) {
  const { user, service, workspace, action, type, resource, right = 'view' } = question;
  if (user === undefined || service === undefined) return undefined;
  if (isAboutResource(question))
    return type === undefined || resource === undefined
      ? undefined
      : { userId: user, service, type, resourceId: resource, permission: right };
  return action === undefined || workspace === undefined
    ? undefined
    : { userId: user, service, action, workspaceId: workspace };
}
