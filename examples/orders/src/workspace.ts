import type { LivePrincipal } from '@castellan/sdk';

/** The workspace a call is in. The role guards let nobody pass without one. */
export function workspaceOf(principal: LivePrincipal): string {
  if (principal.workspaceId === undefined)
    throw new Error('A role guard protects every route of a workspace');
  return principal.workspaceId;
}
