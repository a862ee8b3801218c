import type { AccountLinkKind } from '../../platform/database/schema.ts';
import { type TokenPrefix, tokenDigest, writeToken } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';

/** What a one-time link is for. */
export type LinkKind = 'set_password' | 'setup' | AccountLinkKind;

/** How the token of each kind begins, and the path that it is the last part of. */
const kinds: Readonly<Record<LinkKind, { readonly prefix: TokenPrefix; readonly path: string }>> = {
  set_password: { prefix: 'inv_', path: '/invite' },
  setup: { prefix: 'set_', path: '/setup' },
  sign_in: { prefix: 'lnk_', path: '/sign-in/link' },
  reset_password: { prefix: 'rst_', path: '/reset' },
  register: { prefix: 'reg_', path: '/register' },
};

/**
 * The token of a one-time link. It is derived from the id of its row, so that mail can be written later, and
 * again, while the database holds a digest only.
 */
export function linkToken(vault: Vault, kind: LinkKind, id: string): string {
  return writeToken(kinds[kind].prefix, vault.derive('one-time-links', `${kind}:${id}`));
}

/** What is stored of a link. */
export function linkDigest(vault: Vault, kind: LinkKind, id: string): Buffer {
  return tokenDigest(linkToken(vault, kind, id));
}

/** The path of a link, which a mail puts behind the public address. */
export function linkPath(vault: Vault, kind: LinkKind, id: string): string {
  return `${kinds[kind].path}/${linkToken(vault, kind, id)}`;
}
