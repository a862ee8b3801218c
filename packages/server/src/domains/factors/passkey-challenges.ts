import { randomBytes } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { type ChallengePurpose, passkeyChallenges } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';

/** How long a challenge is taken, in seconds; the browser is told the same. */
export const challengeLifeSeconds = 5 * 60;

/** What a challenge is for, and what ties it to one browser: the digest of a cookie, a session's id, a pending sign-in. */
export interface ChallengeUse {
  readonly purpose: ChallengePurpose;
  readonly binding: Buffer;
}

/** A new challenge of 256 random bits, of which the digest is stored. */
export async function newChallenge(
  db: Queryable,
  now: Date,
  use: ChallengeUse,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = randomBytes(32);
  await db.insert(passkeyChallenges).values({
    digest: tokenDigest(bytes.toString('base64url')),
    ...use,
    expiresAt: after(now, challengeLifeSeconds),
  });
  return Uint8Array.from(bytes);
}

/** Uses up a challenge. @returns whether it was made for this, in this browser, within its life, and is taken for the first time */
export async function takeChallenge(tx: Transaction, challenge: string, use: ChallengeUse): Promise<boolean> {
  const taken = await tx.db
    .delete(passkeyChallenges)
    .where(
      and(
        eq(passkeyChallenges.digest, tokenDigest(challenge)),
        eq(passkeyChallenges.purpose, use.purpose),
        eq(passkeyChallenges.binding, use.binding),
        gt(passkeyChallenges.expiresAt, tx.now),
      ),
    )
    .returning({ purpose: passkeyChallenges.purpose });
  return taken.length === 1;
}

/** The challenge that a browser's answer names, and whether a page in a frame of another site asked for it. */
export function readClientData(
  clientDataJson: string,
): { challenge: string; crossOrigin: boolean } | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'));
    const { challenge, crossOrigin } = data as { challenge?: unknown; crossOrigin?: unknown };
    return typeof challenge === 'string' ? { challenge, crossOrigin: crossOrigin === true } : undefined;
  } catch {
    return undefined;
  }
}
