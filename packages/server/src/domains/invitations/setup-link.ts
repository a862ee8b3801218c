import { systemOrigin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type StoredActor, users } from '../../platform/database/schema.ts';
import type { Database, Queryable, Transaction } from '../../platform/database/transaction.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { Language } from '../account/messages/language.ts';
import { linkDigest, linkToken } from './one-time-links.ts';
import { anybodyExists, holdUsers, markUsed, replaceSetup, selectSetup } from './repository.ts';

/**
 * Makes the one-time link for the first administrator, where there is nobody yet. Links before it stop working.
 * @returns the path on the admin listener, to be printed where only who runs the server reads it; `undefined` when
 * there are people
 */
export async function ensureSetupLink(deps: {
  readonly database: Database;
  readonly vault: Vault;
}): Promise<string | undefined> {
  const { database, vault } = deps;
  return database.write(systemOrigin, async (tx) => {
    await holdUsers(tx);
    if (await anybodyExists(tx.db)) return undefined;
    const id = await replaceSetup(tx, (kind, invitationId) => linkDigest(vault, kind, invitationId));
    return `/setup/${linkToken(vault, 'setup', id)}`;
  });
}

/** Why the set-up page can't be used. */
export type SetupClosed = 'unknown' | 'done' | 'replaced' | 'expired';

/** Reads what a set-up link leads to, without using it. */
export async function readSetupLink(
  db: Queryable,
  token: string,
  clock: Pick<Clock, 'now'>,
): Promise<SetupClosed | 'open'> {
  const invitation = looksLikeToken('set_', token) ? await selectSetup(db, tokenDigest(token)) : undefined;
  if (!invitation) return 'unknown';
  if (invitation.usedAt || (await anybodyExists(db))) return 'done';
  if (invitation.revokedAt) return 'replaced';
  return invitation.expiresAt <= clock.now() ? 'expired' : 'open';
}

/** Makes the first administrator. Nobody else can come into being meanwhile, so there is exactly one first. */
export async function completeSetup(
  tx: Transaction,
  token: string,
  given: {
    readonly email: string;
    readonly name: string;
    readonly language: Language;
    readonly passwordHash: string;
  },
): Promise<SetupClosed | 'completed'> {
  await holdUsers(tx);
  const state = await readSetupLink(tx.db, token, { now: () => tx.now });
  if (state !== 'open') return state;
  const invitation = await selectSetup(tx.db, tokenDigest(token));
  const id = newId();
  // No mail was sent, so nothing shows that the mailbox is theirs: the e-mail stays unverified.
  await tx.db.insert(users).values({
    id,
    email: given.email,
    name: given.name,
    language: given.language,
    state: 'active',
    isAdmin: true,
    passwordHash: given.passwordHash,
    passwordSetAt: tx.now,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  await markUsed(tx, invitation!.id);
  const target = { kind: 'user', id, label: given.name } as const;
  const actors: StoredActor[] = [{ kind: 'operator', id, label: given.name }];
  tx.record({ action: 'user_created', target, actors, detail: { email: given.email, state: 'active' } });
  tx.record({ action: 'user_promoted', target, actors, detail: { by: 'set-up link' } });
  tx.record({ action: 'password_set', target, actors });
  return 'completed';
}
