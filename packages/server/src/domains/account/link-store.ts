import type { TokenKind } from '@castellan/contract';
import { tokenKinds } from '@castellan/contract';
import { and, eq, inArray, isNull, lt, ne, or } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type AccountLinkKind, accountLinks } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { looksLikeToken, type TokenPrefix, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkDigest } from '../invitations/one-time-links.ts';

/** The row of the table of token kinds that each link is. */
const tokenKindOf = {
  sign_in: 'sign_in_link',
  reset_password: 'password_reset',
  register: 'registration',
} as const satisfies Record<AccountLinkKind, TokenKind>;

/** How long a link works, in seconds. */
export const linkLifeSeconds = (kind: AccountLinkKind): number => tokenKinds[tokenKindOf[kind]].lifeSeconds;

/** A link that somebody asked for. */
export interface NewAccountLink {
  readonly kind: AccountLinkKind;
  readonly email: string;
  readonly language: string;
  readonly returnTo: string | null;
  readonly browserDigest: Buffer;
  readonly address: string | null;
}

/** Writes down that a link was asked for. @returns its id, from which its token is derived */
export async function insertLink(tx: Transaction, vault: Vault, link: NewAccountLink): Promise<string> {
  const id = newId();
  await tx.db.insert(accountLinks).values({
    ...link,
    id,
    digest: linkDigest(vault, link.kind, id),
    createdAt: tx.now,
    expiresAt: after(tx.now, linkLifeSeconds(link.kind)),
  });
  return id;
}

/** A link as it is stored. */
export type AccountLink = typeof accountLinks.$inferSelect;

/** Why a link leads nowhere. */
export type LinkClosed = 'unknown' | 'used' | 'replaced' | 'expired' | 'deactivated';

/** What a link leads to. */
export type LinkState =
  | { readonly open: true; readonly link: AccountLink }
  | { readonly open: false; readonly reason: LinkClosed };

function stateOf(link: AccountLink | undefined, now: Date): LinkState {
  if (!link) return { open: false, reason: 'unknown' };
  if (link.usedAt) return { open: false, reason: 'used' };
  if (link.revokedAt) return { open: false, reason: 'replaced' };
  if (link.expiresAt <= now) return { open: false, reason: 'expired' };
  return { open: true, link };
}

const isTokenOf = (kind: AccountLinkKind, token: string): boolean =>
  looksLikeToken(tokenKinds[tokenKindOf[kind]].mark as TokenPrefix, token);

/** Reads what a link leads to, without using it. */
export async function readAccountLink(
  db: Queryable,
  kind: AccountLinkKind,
  token: string,
  now: Date,
): Promise<LinkState> {
  if (!isTokenOf(kind, token)) return { open: false, reason: 'unknown' };
  const [link] = await db
    .select()
    .from(accountLinks)
    .where(and(eq(accountLinks.digest, tokenDigest(token)), eq(accountLinks.kind, kind)));
  return stateOf(link, now);
}

/** Reads a link again, locked: of many that use it at once, one does. The person is locked before, where there is one. */
export async function lockAccountLink(tx: Transaction, id: string): Promise<LinkState> {
  const [link] = await tx.db.select().from(accountLinks).where(eq(accountLinks.id, id)).for('update');
  return stateOf(link, tx.now);
}

/** Marks a link as used. */
export async function markLinkUsed(tx: Transaction, id: string): Promise<void> {
  await tx.db.update(accountLinks).set({ usedAt: tx.now }).where(eq(accountLinks.id, id));
}

/**
 * Ends the open links of an e-mail address.
 * @param kinds all unless told
 */
export async function revokeLinks(
  tx: Transaction,
  email: string,
  options: { readonly kinds?: readonly AccountLinkKind[]; readonly except?: string } = {},
): Promise<void> {
  const { kinds, except } = options;
  await tx.db
    .update(accountLinks)
    .set({ revokedAt: tx.now })
    .where(
      and(
        eq(accountLinks.email, email),
        isNull(accountLinks.usedAt),
        isNull(accountLinks.revokedAt),
        kinds ? inArray(accountLinks.kind, [...kinds]) : undefined,
        except === undefined ? undefined : ne(accountLinks.id, except),
      ),
    );
}

/** Links to mailboxes that nobody here has are kept for a day, those of people as long as their mail: 30 days. */
const daySeconds = 24 * 3600;

/** Removes links that expired long ago, with the mail that was written about them. */
export async function sweepLinks(db: Queryable, now: Date): Promise<void> {
  await db
    .delete(accountLinks)
    .where(
      or(
        lt(accountLinks.expiresAt, after(now, -30 * daySeconds)),
        and(isNull(accountLinks.userId), lt(accountLinks.expiresAt, after(now, -daySeconds))),
      ),
    );
}
