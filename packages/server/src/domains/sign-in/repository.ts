import type { WorkspaceRole } from '@castellan/contract';
import { and, asc, eq } from 'drizzle-orm';
import { grants, grantTokens, members, services, users, workspaces } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';

export async function findService(db: Queryable, name: string) {
  const [row] = await db.select().from(services).where(eq(services.name, name));
  return row;
}

export async function findUserByEmail(db: Queryable, email: string) {
  const [row] = await db.select().from(users).where(eq(users.email, email));
  return row;
}

/** The user as they are now, locked until the transaction ends. */
export async function lockUser(tx: Transaction, userId: string) {
  const [row] = await tx.db.select().from(users).where(eq(users.id, userId)).for('update');
  return row;
}

export interface WorkspaceChoice {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: WorkspaceRole;
}

/** The workspaces that a person can choose from, by name; the first 200. */
export async function workspacesOf(db: Queryable, userId: string): Promise<WorkspaceChoice[]> {
  return db
    .select({ id: workspaces.id, slug: workspaces.slug, name: workspaces.name, role: members.role })
    .from(members)
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(eq(members.userId, userId))
    .orderBy(asc(workspaces.nameKey), asc(workspaces.id))
    .limit(200);
}

/** One membership; `undefined` when the person is not in the workspace. */
export async function membershipOf(
  db: Queryable,
  userId: string,
  workspaceId: string,
): Promise<WorkspaceChoice | undefined> {
  const [row] = await db
    .select({ id: workspaces.id, slug: workspaces.slug, name: workspaces.name, role: members.role })
    .from(members)
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(and(eq(members.userId, userId), eq(members.workspaceId, workspaceId)));
  return row;
}

export async function insertToken(
  tx: Transaction,
  grantId: string,
  digest: Buffer,
  parentDigest: Buffer | null,
): Promise<void> {
  await tx.db.insert(grantTokens).values({ digest, grantId, parentDigest, createdAt: tx.now });
}

/** A refresh token's grant, locked: the members of one family are handled one after another. */
export async function lockGrantOfToken(tx: Transaction, digest: Buffer) {
  const [token] = await tx.db
    .select({ grantId: grantTokens.grantId })
    .from(grantTokens)
    .where(eq(grantTokens.digest, digest));
  if (!token) return undefined;
  const [grant] = await tx.db.select().from(grants).where(eq(grants.id, token.grantId)).for('update');
  return grant;
}

export async function findToken(tx: Transaction, digest: Buffer) {
  const [row] = await tx.db.select().from(grantTokens).where(eq(grantTokens.digest, digest));
  return row;
}

export async function markTokenUsed(tx: Transaction, digest: Buffer): Promise<void> {
  await tx.db.update(grantTokens).set({ usedAt: tx.now }).where(eq(grantTokens.digest, digest));
}
