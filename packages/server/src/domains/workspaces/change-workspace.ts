import { eq } from 'drizzle-orm';
import { changesOf } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { workspaces } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants } from '../grants/grant-store.ts';
import { countEndingOfWorkspace } from './what-ends.ts';

export interface NewWorkspace {
  readonly name: string;
  readonly slug: string;
  readonly description?: string | undefined;
}

function targetOf(workspace: { readonly id: string; readonly name: string }) {
  return {
    target: { kind: 'workspace', id: workspace.id, label: workspace.name },
    workspace: { id: workspace.id, name: workspace.name },
  } as const;
}

/** @throws the broken constraint `workspaces__slug_unique`, which answers as `slug_taken` */
export async function createWorkspace(
  tx: Transaction,
  { name, slug, description = '' }: NewWorkspace,
): Promise<string> {
  const id = newId();
  await tx.db
    .insert(workspaces)
    .values({ id, name, slug, description, createdAt: tx.now, updatedAt: tx.now });
  tx.record({ action: 'workspace_created', ...targetOf({ id, name }), detail: { slug } });
  return id;
}

/** @throws Refusal `not_found` */
async function lockWorkspace(tx: Transaction, workspaceId: string) {
  const [workspace] = await tx.db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      name: workspaces.name,
      description: workspaces.description,
    })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId))
    .for('update');
  if (!workspace) throw new Refusal('not_found');
  return workspace;
}

/** Edits name and description; the slug stays for good. @throws Refusal `not_found` */
export async function changeWorkspace(
  tx: Transaction,
  workspaceId: string,
  changes: { readonly name?: string | undefined; readonly description?: string | undefined },
): Promise<void> {
  const before = await lockWorkspace(tx, workspaceId);
  const detail = changesOf({ name: before.name, description: before.description }, changes);
  if (Object.keys(detail).length === 0) return;
  const { name = before.name, description = before.description } = changes;
  await tx.db
    .update(workspaces)
    .set({ name, description, updatedAt: tx.now })
    .where(eq(workspaces.id, workspaceId));
  tx.record({ action: 'workspace_updated', ...targetOf({ id: workspaceId, name }), detail });
}

/** Deletes a workspace with its memberships, groups, roles, resources and shares; sessions in it end. @throws Refusal `not_found` */
export async function deleteWorkspace(tx: Transaction, workspaceId: string): Promise<void> {
  const workspace = await lockWorkspace(tx, workspaceId);
  const ending = await countEndingOfWorkspace(tx, workspaceId);
  const sessions = await endGrants(tx, { workspaceId }, 'ended_by_operator');
  await tx.db.delete(workspaces).where(eq(workspaces.id, workspaceId));
  tx.record({
    action: 'workspace_deleted',
    ...targetOf(workspace),
    detail: { slug: workspace.slug, ...ending, sessions },
  });
}
