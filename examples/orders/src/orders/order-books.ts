import type { Castellan, NewResource, WorkspaceRole } from '@castellan/sdk';
import type { Place } from '../workspace.ts';
import { orIfUnknown } from './or-if-unknown.ts';

/** The type under which Castellan knows the order book of a workspace: every member reads in it, editors write. */
const type = 'order_book';

/** A workspace’s order book, as it is registered: nobody's own, and seen by all of the workspace. */
export const orderBookOf = ({ workspaceId }: Pick<Place, 'workspaceId'>): NewResource => ({
  type,
  id: workspaceId,
  workspaceId,
  visibility: 'workspace',
});

/** The workspaces whose order books a token opens: of one that names no workspace, all that the person is in. */
export async function bookWorkspacesOf(castellan: Castellan, token: string): Promise<readonly string[]> {
  const query = { type, permission: 'view', limit: 1000 } as const;
  const { ids } = await orIfUnknown(castellan.permissions.accessible({ token }, query), {
    all: false,
    ids: [],
  });
  return ids;
}

const roles: readonly string[] = ['viewer', 'editor', 'admin', 'owner'] satisfies WorkspaceRole[];

/** The role by which a token opens the order book of a workspace, now; nothing where it opens none. */
export async function roleIn(
  castellan: Castellan,
  token: string,
  workspaceId: string,
): Promise<WorkspaceRole | undefined> {
  const asked = castellan.permissions.check({ token, workspaceId }, { type, id: workspaceId }, 'view');
  const decision = await orIfUnknown(asked, { allowed: false, missing: ['resource'] });
  const step = decision.allowed ? decision.path.find(({ kind }) => kind === 'workspace_role') : undefined;
  return step && roles.includes(step.name) ? (step.name as WorkspaceRole) : undefined;
}
