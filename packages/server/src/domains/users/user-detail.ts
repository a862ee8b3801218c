import type { UserDetail } from '@castellan/contract';
import { and, asc, desc, eq, gt, isNull } from 'drizzle-orm';
import {
  grants,
  groupMembers,
  groups,
  invitations,
  members,
  services,
  userLogins,
  users,
  workspaces,
} from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { readIdentities } from '../federation/identities.ts';

/** How many of each kind a detail shows. */
const shownAtMost = 100;

/** The live grants of a person: neither ended nor run out. */
function isLive(userId: string, now: Date) {
  return and(
    eq(grants.userId, userId),
    isNull(grants.endedAt),
    gt(grants.expiresAt, now),
    gt(grants.idleExpiresAt, now),
  );
}

/** The password, as one of the ways to sign in. */
function passwordIdentity(user: { readonly email: string; readonly passwordSetAt: Date | null }) {
  return {
    id: null,
    provider: 'password',
    providerName: 'Password',
    subject: user.email,
    email: null,
    linkedAt: user.passwordSetAt,
    lastUsedAt: null,
  };
}

function total() {
  // Counted over the whole result before LIMIT, so that the count costs no further query.
  return sql<number>`(count(*) OVER ())::int`;
}

/**
 * Everything about one person, in six queries however much they have (P4).
 * @throws Refusal `not_found`
 */
export async function readUserDetail(db: Queryable, userId: string, now: Date): Promise<UserDetail> {
  const [found] = await db
    .select()
    .from(users)
    .leftJoin(userLogins, eq(userLogins.userId, users.id))
    .where(eq(users.id, userId));
  if (!found) throw new Refusal('not_found');
  const user = found.users;
  // One after the other: a change reads its result inside its transaction, which has one connection.
  const inWorkspaces = await db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      name: workspaces.name,
      role: members.role,
      joinedAt: members.createdAt,
      total: total(),
    })
    .from(members)
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(eq(members.userId, userId))
    .orderBy(asc(workspaces.nameKey), asc(workspaces.id))
    .limit(shownAtMost);
  const inGroups = await db
    .select({
      id: groups.id,
      name: groups.name,
      workspaceId: groups.workspaceId,
      workspaceName: workspaces.name,
      total: total(),
    })
    .from(groupMembers)
    .innerJoin(groups, eq(groups.id, groupMembers.groupId))
    .innerJoin(workspaces, eq(workspaces.id, groups.workspaceId))
    .where(eq(groupMembers.userId, userId))
    .orderBy(asc(groups.nameKey), asc(groups.id))
    .limit(shownAtMost);
  const sessions = await db
    .select({
      id: grants.id,
      kind: grants.kind,
      service: services.name,
      createdAt: grants.createdAt,
      lastUsedAt: grants.lastUsedAt,
      // Whichever comes first ends it.
      expiresAt: sql<Date>`least(${grants.expiresAt}, ${grants.idleExpiresAt})`.mapWith(grants.expiresAt),
      address: grants.address,
      userAgent: grants.userAgent,
      total: total(),
    })
    .from(grants)
    .leftJoin(services, eq(services.id, grants.serviceId))
    .where(isLive(userId, now))
    .orderBy(desc(grants.createdAt), desc(grants.id))
    .limit(shownAtMost);
  const [invitation] = await db
    .select({ id: invitations.id, createdAt: invitations.createdAt, expiresAt: invitations.expiresAt })
    .from(invitations)
    .where(
      and(
        eq(invitations.userId, userId),
        isNull(invitations.usedAt),
        isNull(invitations.revokedAt),
        gt(invitations.expiresAt, now),
      ),
    )
    .orderBy(desc(invitations.createdAt))
    .limit(1);
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    state: user.state,
    isAdmin: user.isAdmin,
    createdAt: user.createdAt,
    lastLoginAt: found.user_logins?.lastLoginAt ?? null,
    emailVerifiedAt: user.emailVerifiedAt,
    identities: [
      ...(user.passwordHash === null ? [] : [passwordIdentity(user)]),
      ...(await readIdentities(db, user.id)),
    ],
    workspaces: inWorkspaces.map(({ total: _, ...workspace }) => workspace),
    workspaceCount: inWorkspaces[0]?.total ?? 0,
    groups: inGroups.map(({ total: _, ...group }) => group),
    groupCount: inGroups[0]?.total ?? 0,
    sessions: sessions.map(({ total: _, ...session }) => session),
    sessionCount: sessions[0]?.total ?? 0,
    invitation: invitation ?? null,
  };
}
