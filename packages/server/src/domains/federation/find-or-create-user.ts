import type { UserState } from '@castellan/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { identities, identityProviders, invitations, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { isGrantedAnything } from '../operators/grants-of-operator.ts';
import { createActiveUser } from '../users/create-user.ts';
import { FederationProblem } from './federation-problem.ts';
import { findIdentity, holdSubject, insertIdentity } from './identities.ts';
import type { Profile, ProviderRecord } from './provider-client.ts';

/** What decides whether an account is made. */
export interface RegistrationRules {
  readonly registrationOpen: boolean;
  /** The setting ADMIN_EMAILS, in lower case. */
  readonly adminEmails: readonly string[];
}

/** A person as a transaction holds them, locked. */
export interface HeldPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly isAdmin: boolean;
  readonly adminDemotedAt: Date | null;
  readonly emailVerifiedAt: Date | null;
  readonly secondFactors: ('totp' | 'passkey')[];
}

const person = {
  id: users.id,
  email: users.email,
  name: users.name,
  state: users.state,
  isAdmin: users.isAdmin,
  adminDemotedAt: users.adminDemotedAt,
  emailVerifiedAt: users.emailVerifiedAt,
  emailVerifiedBy: users.emailVerifiedBy,
  secondFactors: users.secondFactors,
};

type Locked = HeldPerson & { readonly emailVerifiedBy: string | null };

async function lockById(tx: Transaction, id: string): Promise<Locked | undefined> {
  const [row] = await tx.db.select(person).from(users).where(eq(users.id, id)).for('update');
  return row;
}

async function lockByEmail(tx: Transaction, email: string): Promise<Locked | undefined> {
  const [row] = await tx.db.select(person).from(users).where(eq(users.email, email)).for('update');
  return row;
}

/**
 * Whose account a profile opens (P1, P3): the account that it is linked to; else that of an invitation to the same verified
 * e-mail, which counts as accepted; else a new one, where registration is open or the provider may register people. An
 * account that somebody uses already is never opened by its e-mail alone.
 *
 * @param door to the console no account is made but for those that ADMIN_EMAILS names
 * @throws FederationProblem `email_missing`, `email_unverified`, `account_exists`, `invitation_elsewhere`,
 * `registration_closed`, `account_deactivated`, `not_admin`
 */
export async function findOrCreateUser(
  tx: Transaction,
  rules: RegistrationRules,
  provider: ProviderRecord,
  profile: Profile,
  door: 'people' | 'operators',
): Promise<HeldPerson> {
  await holdSubject(tx, provider.id, profile.subject);
  const linked = await findIdentity(tx, provider.id, profile.subject);
  const owner = linked && (await lockById(tx, linked.userId));
  // The person is locked now, and unlinking locks them first: the link is there or it is gone, for good.
  if (owner && (await findIdentity(tx, provider.id, profile.subject)))
    return arriveAgain(tx, owner, provider, profile);
  const facts = { provider: provider.name, email: profile.email ?? profile.shownAs };
  if (profile.email === undefined) throw new FederationProblem('email_missing', facts);
  if (!profile.emailVerified) throw new FederationProblem('email_unverified', facts);
  const existing = await lockByEmail(tx, profile.email);
  if (existing) return acceptInvited(tx, rules, existing, provider, profile);
  return register(tx, rules, provider, { ...profile, email: profile.email }, door);
}

/** Somebody whose account there is linked: what was last said of it is kept, and a better word on the e-mail counts. */
async function arriveAgain(
  tx: Transaction,
  owner: Locked,
  provider: ProviderRecord,
  profile: Profile,
): Promise<HeldPerson> {
  if (owner.state === 'deactivated')
    throw new FederationProblem('account_deactivated', { provider: provider.name, email: owner.email });
  await tx.db
    .update(identities)
    .set({ email: profile.email ?? null, emailVerified: profile.emailVerified, lastUsedAt: tx.now })
    .where(and(eq(identities.providerId, provider.id), eq(identities.subject, profile.subject)));
  const vouches = profile.emailVerified && profile.email === owner.email;
  const isBetter =
    owner.emailVerifiedAt === null ||
    (provider.adminAllowed && !(await isTrusted(tx, owner.emailVerifiedBy)));
  const changes = {
    ...(owner.state === 'invited' ? { state: 'active' as const } : {}),
    ...(vouches && isBetter ? { emailVerifiedAt: tx.now, emailVerifiedBy: provider.id } : {}),
  };
  if (Object.keys(changes).length > 0)
    await tx.db
      .update(users)
      .set({ ...changes, updatedAt: tx.now })
      .where(eq(users.id, owner.id));
  return { ...owner, ...changes };
}

/** Whether the word on an e-mail is enough for administration: the mailbox's own, or that of a provider that may. */
async function isTrusted(tx: Transaction, verifiedBy: string | null): Promise<boolean> {
  if (verifiedBy === null) return true;
  const [row] = await tx.db
    .select({ adminAllowed: identityProviders.adminAllowed })
    .from(identityProviders)
    .where(eq(identityProviders.id, verifiedBy));
  return row?.adminAllowed ?? false;
}

/** An account with this e-mail is there: only one that nobody has used yet is opened. */
async function acceptInvited(
  tx: Transaction,
  { adminEmails }: RegistrationRules,
  existing: Locked,
  provider: ProviderRecord,
  profile: Profile,
): Promise<HeldPerson> {
  const facts = { provider: provider.name, email: existing.email };
  if (existing.state === 'deactivated') throw new FederationProblem('account_deactivated', facts);
  if (existing.state === 'active') throw new FederationProblem('account_exists', facts);
  // A provider that may not let operators in can't make itself one by opening the account of one, or of who will be one.
  if (
    !provider.adminAllowed &&
    (existing.isAdmin ||
      adminEmails.includes(existing.email) ||
      (await isGrantedAnything(tx.db, existing.id)))
  )
    throw new FederationProblem('invitation_elsewhere', facts);
  await tx.db
    .update(users)
    .set({ state: 'active', emailVerifiedAt: tx.now, emailVerifiedBy: provider.id, updatedAt: tx.now })
    .where(eq(users.id, existing.id));
  const closed = await tx.db
    .update(invitations)
    .set({ usedAt: tx.now })
    .where(
      and(eq(invitations.userId, existing.id), isNull(invitations.usedAt), isNull(invitations.revokedAt)),
    )
    .returning({ id: invitations.id });
  await insertIdentity(tx, existing, provider, profile);
  const target = { kind: 'user', id: existing.id, label: existing.name } as const;
  tx.record({
    action: 'invitation_accepted',
    actors: [target],
    target,
    detail: { invitation_id: closed[0]?.id ?? null, email_verified: true, provider: provider.slug },
  });
  return { ...existing, state: 'active', emailVerifiedAt: tx.now };
}

async function register(
  tx: Transaction,
  { registrationOpen, adminEmails }: RegistrationRules,
  provider: ProviderRecord,
  profile: Profile & { readonly email: string },
  door: 'people' | 'operators',
): Promise<HeldPerson> {
  const facts = { provider: provider.name, email: profile.email };
  const willAdminister = adminEmails.includes(profile.email);
  if (door === 'operators' && !willAdminister) throw new FederationProblem('not_admin', facts);
  const mayRegister = willAdminister
    ? provider.adminAllowed
    : registrationOpen || provider.registrationAllowed;
  if (!mayRegister) throw new FederationProblem('registration_closed', facts);
  const created = await createActiveUser(tx, {
    email: profile.email,
    name: nameOf(profile),
    emailVerifiedBy: provider.id,
    detail: { provider: provider.slug },
  });
  // Somebody made it between the two statements.
  if (!created) throw new FederationProblem('account_exists', facts);
  await insertIdentity(tx, created, provider, profile);
  return {
    ...{ ...created, state: 'active', isAdmin: false, adminDemotedAt: null },
    ...{ emailVerifiedAt: tx.now, secondFactors: [] },
  };
}

/** What the provider calls the person, fit for a name here; the beginning of their e-mail where it says nothing. */
function nameOf({ name, email }: Profile & { readonly email: string }): string {
  const clean = name
    ?.replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .trim()
    .slice(0, 120)
    .trim();
  return clean || email.slice(0, email.lastIndexOf('@')).slice(0, 120);
}
