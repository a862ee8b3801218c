import type { UserDetail } from '@castellan/contract';
import { and, asc, eq, ne } from 'drizzle-orm';
import type { NewEvent } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { identities, identityProviders, passkeys, users } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { FederationProblem } from './federation-problem.ts';
import type { Profile, ProviderRecord } from './provider-client.ts';

/** An account at a provider that is linked to a person's account here. */
export type LinkedIdentity = UserDetail['identities'][number] & { readonly id: string };

/** The accounts at providers that are linked to a person, the oldest first. */
export async function readIdentities(db: Queryable, userId: string): Promise<LinkedIdentity[]> {
  return db
    .select({
      id: identities.id,
      provider: identityProviders.slug,
      providerName: identityProviders.name,
      subject: identities.subject,
      email: identities.email,
      linkedAt: identities.linkedAt,
      lastUsedAt: identities.lastUsedAt,
    })
    .from(identities)
    .innerJoin(identityProviders, eq(identityProviders.id, identities.providerId))
    .where(eq(identities.userId, userId))
    .orderBy(asc(identities.linkedAt), asc(identities.id))
    .limit(100);
}

/** A person as the rules of linking see them. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Where an identity stands in the table. */
export type IdentityRow = typeof identities.$inferSelect;

/** Keeps every other transaction from linking the same account at the same provider until the end of this one. */
export async function holdSubject(tx: Transaction, providerId: string, subject: string): Promise<void> {
  await tx.db.execute(
    sql`SELECT pg_advisory_xact_lock(hashtextextended(${`identity ${providerId} ${subject}`}, 0))`,
  );
}

/** Whose account at the provider this is. */
export async function findIdentity(
  tx: Transaction,
  providerId: string,
  subject: string,
): Promise<IdentityRow | undefined> {
  const [row] = await tx.db
    .select()
    .from(identities)
    .where(and(eq(identities.providerId, providerId), eq(identities.subject, subject)));
  return row;
}

function linkedEvent(person: Person, provider: ProviderRecord, profile: Profile): NewEvent {
  const target = { kind: 'user', id: person.id, label: person.name } as const;
  return {
    action: 'identity_linked',
    actors: [target],
    target,
    detail: { provider: provider.slug, subject: profile.subject, email: profile.email ?? null },
  };
}

/** Writes that an account at a provider is this person's. The caller holds the subject and the person. */
export async function insertIdentity(
  tx: Transaction,
  person: Person,
  provider: ProviderRecord,
  profile: Profile,
): Promise<string> {
  const id = newId();
  await tx.db.insert(identities).values({
    id,
    userId: person.id,
    providerId: provider.id,
    subject: profile.subject,
    email: profile.email ?? null,
    emailVerified: profile.emailVerified,
    linkedAt: tx.now,
  });
  tx.record(linkedEvent(person, provider, profile));
  return id;
}

/**
 * Links the account that a signed-in person came back with to their own. Its e-mail plays no part: that they are signed
 * in here and there is what shows whose it is.
 * @throws FederationProblem `linked_elsewhere` when it is linked to another person
 */
export async function linkIdentity(
  tx: Transaction,
  person: Person,
  provider: ProviderRecord,
  profile: Profile,
): Promise<void> {
  await holdSubject(tx, provider.id, profile.subject);
  const held = await findIdentity(tx, provider.id, profile.subject);
  if (!held) await insertIdentity(tx, person, provider, profile);
  else if (held.userId !== person.id)
    throw new FederationProblem('linked_elsewhere', { provider: provider.name });
}

async function lockName(tx: Transaction, userId: string): Promise<{ name: string; password: boolean }> {
  const [user] = await tx.db
    .select({ name: users.name, password: sql<boolean>`${users.passwordHash} IS NOT NULL` })
    .from(users)
    .where(eq(users.id, userId))
    .for('update');
  if (!user) throw new Refusal('not_found');
  return user;
}

/**
 * Takes the link to an account at a provider away. An operator may take the last one: the person is invited again then.
 * @param unlinking.keepAWayIn refuse when nobody could sign in afterwards
 * @throws Refusal `not_found`, `last_way_in`
 */
export async function unlinkIdentity(
  tx: Transaction,
  unlinking: { readonly userId: string; readonly identityId: string; readonly keepAWayIn: boolean },
): Promise<void> {
  const { userId, identityId, keepAWayIn } = unlinking;
  const user = await lockName(tx, userId);
  const [taken] = await tx.db
    .delete(identities)
    .where(and(eq(identities.id, identityId), eq(identities.userId, userId)))
    .returning();
  if (!taken) throw new Refusal('not_found');
  if (keepAWayIn && !user.password && !(await hasOtherWayIn(tx, userId, identityId)))
    throw new Refusal('last_way_in');
  const [provider] = await tx.db
    .select({ slug: identityProviders.slug })
    .from(identityProviders)
    .where(eq(identityProviders.id, taken.providerId));
  tx.record({
    action: 'identity_unlinked',
    target: { kind: 'user', id: userId, label: user.name },
    detail: { provider: provider?.slug, subject: taken.subject, email: taken.email },
  });
}

/** Whether a passkey or another account at a provider that is enabled opens the account. */
async function hasOtherWayIn(tx: Transaction, userId: string, except: string): Promise<boolean> {
  const [passkey] = await tx.db
    .select({ id: passkeys.id })
    .from(passkeys)
    .where(and(eq(passkeys.userId, userId), sql`${passkeys.suspectedAt} IS NULL`))
    .limit(1);
  if (passkey) return true;
  const [other] = await tx.db
    .select({ id: identities.id })
    .from(identities)
    .innerJoin(identityProviders, eq(identityProviders.id, identities.providerId))
    .where(and(eq(identities.userId, userId), ne(identities.id, except), identityProviders.enabled))
    .limit(1);
  return other !== undefined;
}
