import type { UserState, WorkspaceRole } from '@castellan/contract';
import { and, eq } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import {
  grants,
  grantTokens,
  members,
  users,
  workspacePolicies,
  workspaces,
} from '../../platform/database/schema.ts';
import type { Database, Queryable, Transaction } from '../../platform/database/transaction.ts';
import { policyColumns, type WorkspacePolicy } from '../factors/workspace-policy.ts';
import type { NewGrant } from '../grants/grant-store.ts';
import { type Count, type CountedTry, takeClause } from './sign-in-limits.ts';

/** A registered service, as a sign-in asks for it. */
export interface ServiceFacts {
  readonly id: string;
  readonly name: string;
  readonly origins: readonly string[];
}

/** A try counts where the service is known and the page belongs to it: other requests are refused as they are. */
const findQuery = {
  name: 'find for sign-in',
  text: `
WITH service AS (SELECT id, name, origins FROM services WHERE name = $4), taken AS (${takeClause(
    'EXISTS (SELECT FROM service WHERE $6::text IS NULL OR $6 = ANY (origins))',
  )})
SELECT s.id AS service_id, s.name AS service_name, s.origins, u.id, u.email, u.name, u.state, u.password_hash AS "passwordHash",
       (SELECT json_agg(taken) FROM taken) AS taken
FROM (SELECT 1) AS one LEFT JOIN service s ON true LEFT JOIN users u ON u.email = $5`,
};

/** Whom a sign-in is about, as far as the password is concerned. */
export interface Candidate {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly passwordHash: string | null;
}

/**
 * The service and the person that a sign-in names, where there are such, and in the same statement the try that it is.
 * @returns `counts` where the try was counted: not for an unknown service, nor for a page of another origin
 */
export async function findForSignIn(
  database: Database,
  named: { readonly service: string; readonly email: string; readonly siteOrigin: string | null },
  values: CountedTry['values'],
): Promise<{
  readonly service: ServiceFacts | undefined;
  readonly user: Candidate | undefined;
  readonly counts: readonly Count[] | null;
}> {
  const { rows } = await database.pool.query<
    {
      service_id: string | null;
      service_name: string;
      origins: string[];
      taken: Count[] | null;
    } & (Candidate | { id: null })
  >({ ...findQuery, values: [...values, named.service, named.email, named.siteOrigin] });
  const { service_id: id, service_name: name, origins, taken: counts, ...user } = rows[0]!;
  return {
    service: id === null ? undefined : { id, name, origins },
    user: user.id === null ? undefined : user,
    counts,
  };
}

export async function findUserByEmail(db: Queryable, email: string): Promise<Candidate | undefined> {
  const { id, name, state, passwordHash } = users;
  const [row] = await db
    .select({ id, email: users.email, name, state, passwordHash })
    .from(users)
    .where(eq(users.email, email));
  return row;
}

const lockUserQuery = {
  name: 'lock user for sign-in',
  text: `
SELECT id, email, name, state, is_admin AS "isAdmin", admin_demoted_at AS "adminDemotedAt",
       email_verified_at AS "emailVerifiedAt", password_hash AS "passwordHash", second_factors AS "secondFactors"
FROM users WHERE id = $1 FOR UPDATE`,
};

/** A person as a transaction holds them. */
export interface LockedUser extends Candidate {
  readonly isAdmin: boolean;
  readonly adminDemotedAt: Date | null;
  readonly emailVerifiedAt: Date | null;
  /** The kinds of second factor that they have now. */
  readonly secondFactors: readonly ('totp' | 'passkey')[];
}

/** The user as they are now, locked until the transaction ends. */
export async function lockUser(tx: Transaction, userId: string): Promise<LockedUser | undefined> {
  const [row] = await tx.query<LockedUser>(lockUserQuery, [userId]);
  return row;
}

/** A workspace that a person can choose, with what it asks of sign-ins. */
export interface WorkspaceChoice extends WorkspacePolicy {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: WorkspaceRole;
}

const workspacesQuery = {
  name: 'workspaces of a person',
  text: `
SELECT w.id, w.slug, w.name, m.role, ${policyColumns}
FROM members m JOIN workspaces w ON w.id = m.workspace_id LEFT JOIN workspace_policies p ON p.workspace_id = w.id
WHERE m.user_id = $1 ORDER BY w.name_key, w.id LIMIT 200`,
};

/** The workspaces that a person can choose from, by name; the first 200. */
export async function workspacesOf(tx: Transaction, userId: string): Promise<WorkspaceChoice[]> {
  return tx.query<WorkspaceChoice>(workspacesQuery, [userId]);
}

/** One membership; `undefined` when the person is not in the workspace. */
export async function membershipOf(
  db: Queryable,
  userId: string,
  workspaceId: string,
): Promise<WorkspaceChoice | undefined> {
  const [row] = await db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      name: workspaces.name,
      role: members.role,
      secondFactorRequired: workspacePolicies.secondFactorRequired,
      signInMethods: workspacePolicies.signInMethods,
      sessionIdleSeconds: workspacePolicies.sessionIdleSeconds,
      sessionAbsoluteSeconds: workspacePolicies.sessionAbsoluteSeconds,
    })
    .from(members)
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .leftJoin(workspacePolicies, eq(workspacePolicies.workspaceId, workspaces.id))
    .where(and(eq(members.userId, userId), eq(members.workspaceId, workspaceId)));
  return row;
}

const beginSessionQuery = {
  name: 'begin session',
  text: `
WITH session AS (
  INSERT INTO grants (id, kind, user_id, service_id, workspace_id, created_at, last_used_at, idle_expires_at, expires_at, address, user_agent, amr, auth_time, sign_in_method)
  VALUES ($1, 'session', $2, $3, $4, $5, $5, $6, $7, $8, $9, $11, $5, $12)
), token AS (
  INSERT INTO grant_tokens (digest, grant_id, created_at) VALUES ($10, $1, $5)
)
INSERT INTO user_logins (user_id, last_login_at) VALUES ($2, $5)
ON CONFLICT (user_id) DO UPDATE SET last_login_at = excluded.last_login_at`,
};

/** Writes a new session with its first refresh token, and when its owner was last here, in one statement. */
export function beginSession(
  tx: Transaction,
  session: Omit<NewGrant, 'kind'>,
  ends: { readonly idleExpiresAt: Date; readonly expiresAt: Date },
  refreshDigest: Buffer,
): string {
  const id = newId();
  const { userId, serviceId, workspaceId, address, userAgent, amr, signInMethod } = session;
  tx.last(beginSessionQuery, [
    id,
    userId,
    serviceId,
    workspaceId,
    tx.now,
    ends.idleExpiresAt,
    ends.expiresAt,
    address,
    userAgent,
    refreshDigest,
    amr ?? null,
    signInMethod ?? null,
  ]);
  return id;
}

export async function insertToken(
  tx: Transaction,
  grantId: string,
  digest: Buffer,
  parentDigest: Buffer | null,
): Promise<void> {
  await tx.db.insert(grantTokens).values({ digest, grantId, parentDigest, createdAt: tx.now });
}

/**
 * A refresh token's owner and grant, both locked: the members of one family are handled one after another. The person
 * comes first, as wherever sessions of a person are ended: in another order, whoever renews without pause could keep an
 * operator from ending them.
 */
export async function lockGrantOfToken(tx: Transaction, digest: Buffer) {
  const [token] = await tx.db
    .select({ grantId: grantTokens.grantId, userId: grants.userId })
    .from(grantTokens)
    .innerJoin(grants, eq(grants.id, grantTokens.grantId))
    .where(eq(grantTokens.digest, digest));
  if (!token) return undefined;
  const user = await lockUser(tx, token.userId);
  const [grant] = await tx.db.select().from(grants).where(eq(grants.id, token.grantId)).for('update');
  return user && grant ? { user, grant } : undefined;
}

export async function findToken(tx: Transaction, digest: Buffer) {
  const [row] = await tx.db.select().from(grantTokens).where(eq(grantTokens.digest, digest));
  return row;
}

export async function markTokenUsed(tx: Transaction, digest: Buffer): Promise<void> {
  await tx.db.update(grantTokens).set({ usedAt: tx.now }).where(eq(grantTokens.digest, digest));
}
