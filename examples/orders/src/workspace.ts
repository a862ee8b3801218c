import type { LivePrincipal } from '@castellan/sdk';

/** A workspace as this product names it. */
export interface Place {
  readonly workspaceId: string;
  readonly slug: string;
}

/** The workspace a call is in. The role guards let nobody pass without one. */
export function placeOf({ workspaceId, workspaceSlug: slug }: LivePrincipal): Place {
  if (workspaceId === undefined || slug === undefined)
    throw new Error('A role guard protects every route of a workspace');
  return { workspaceId, slug };
}

/** The id of the workspace a call is in. */
export function workspaceOf(principal: LivePrincipal): string {
  return placeOf(principal).workspaceId;
}
