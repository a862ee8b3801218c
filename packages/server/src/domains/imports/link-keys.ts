import { setImmediate } from 'node:timers/promises';
import { newId } from '../../platform/database/identifiers.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkDigest } from '../invitations/one-time-links.ts';

/**
 * New ids and link digests for a run of rows, packed one behind the other: three parameters of the query instead of
 * three arrays, and every entry is found by its position without a join.
 */
export interface LinkKeys {
  /** 16 bytes for each row. */
  readonly userIds: Buffer;
  /** 16 bytes for each row. */
  readonly invitationIds: Buffer;
  /** 32 bytes for each row. */
  readonly digests: Buffer;
  /** 24 hexadecimal digits that ids of events begin with; the query counts the last eight. */
  readonly eventPrefix: string;
}

/** As many as are made before other requests get their turn: about 10 ms. */
const atOnce = 1000;

const hexOf = (id: string): string => id.replaceAll('-', '');

export async function makeLinkKeys(vault: Vault, count: number): Promise<LinkKeys> {
  const userIds = Buffer.allocUnsafe(count * 16);
  const invitationIds = Buffer.allocUnsafe(count * 16);
  const digests = Buffer.allocUnsafe(count * 32);
  for (let index = 0; index < count; index++) {
    if (index % atOnce === atOnce - 1) await setImmediate();
    const invitationId = newId();
    userIds.write(hexOf(newId()), index * 16, 'hex');
    invitationIds.write(hexOf(invitationId), index * 16, 'hex');
    linkDigest(vault, 'set_password', invitationId).copy(digests, index * 32);
  }
  return { userIds, invitationIds, digests, eventPrefix: hexOf(newId()).slice(0, 24) };
}
