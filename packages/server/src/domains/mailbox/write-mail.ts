import type { MailKind } from '@castellan/contract';
import type { AccountLinkKind } from '../../platform/database/schema.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkPath } from '../invitations/one-time-links.ts';
import { type AccountMailFacts, type AccountMailKind, writeAccountMail } from './account-mail.ts';
import { type InvitationFacts, writeInvitation } from './invitation-mail.ts';

/** A message as it is stored: the facts, and the row whose link goes into it. */
export interface StoredMail {
  readonly kind: MailKind;
  readonly invitationId: string | null;
  readonly accountLinkId: string | null;
  readonly facts: Readonly<Record<string, string>>;
}

/** Which link each kind carries; a mail about an account that exists leads to the sign-in page, which is no secret. */
const accountLinkKinds = {
  sign_in_link: 'sign_in',
  password_reset: 'reset_password',
  registration: 'register',
  account_exists: undefined,
} as const satisfies Record<AccountMailKind, AccountLinkKind | undefined>;

/** The link of a message, made anew: no secret of it is stored. */
export function linkOfMail(
  deps: { readonly vault: Vault; readonly publicUrl: string },
  mail: StoredMail,
): string {
  const { vault, publicUrl } = deps;
  if (mail.kind === 'invitation') return publicUrl + linkPath(vault, 'set_password', mail.invitationId ?? '');
  const kind = accountLinkKinds[mail.kind];
  return publicUrl + (kind ? linkPath(vault, kind, mail.accountLinkId ?? '') : '/sign-in');
}

/** Writes a message with its link, or with what stands in for the link. */
export function writeMail(mail: StoredMail, link: string): { readonly text: string; readonly html: string } {
  // Whoever stored the facts wrote them for this kind.
  return mail.kind === 'invitation'
    ? writeInvitation(mail.facts as unknown as InvitationFacts, link)
    : writeAccountMail(mail.kind, mail.facts as unknown as AccountMailFacts, link);
}
