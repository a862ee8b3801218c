import { eq } from 'drizzle-orm';
import { roles, workspaces } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What the rules about a role need, and events tell. */
export interface RoleRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly workspace: { readonly id: string; readonly name: string };
}

/** A role that nobody else changes or deletes before this transaction ends. @throws Refusal `not_found` */
export async function lockRole(tx: Transaction, roleId: string): Promise<RoleRecord> {
  const [role] = await tx.db
    .select({
      id: roles.id,
      name: roles.name,
      description: roles.description,
      workspace: { id: workspaces.id, name: workspaces.name },
    })
    .from(roles)
    .innerJoin(workspaces, eq(workspaces.id, roles.workspaceId))
    .where(eq(roles.id, roleId))
    .for('update', { of: roles });
  if (!role) throw new Refusal('not_found');
  return role;
}

/** A role as the target of an event. */
export function roleTarget(role: Pick<RoleRecord, 'id' | 'name' | 'workspace'>) {
  return {
    target: { kind: 'role', id: role.id, label: role.name },
    workspace: role.workspace,
  } as const;
}
