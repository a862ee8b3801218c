import { tokenDigest, writeToken } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';

export type LinkKind = 'set_password' | 'setup';

/**
 * The token of a one-time link. It is derived from the invitation's id, so that mail can be written later, and
 * again, while the database holds a digest only.
 */
export function linkToken(vault: Vault, kind: LinkKind, invitationId: string): string {
  return writeToken(
    kind === 'setup' ? 'set_' : 'inv_',
    vault.derive('one-time-links', `${kind}:${invitationId}`),
  );
}

/** What is stored of a link. */
export function linkDigest(vault: Vault, kind: LinkKind, invitationId: string): Buffer {
  return tokenDigest(linkToken(vault, kind, invitationId));
}
