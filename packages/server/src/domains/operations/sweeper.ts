import { lt, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { after, type Clock } from '../../platform/clock.ts';
import {
  grants,
  idempotencyKeys,
  oauthArtifacts,
  revokedTokens,
  signingKeys,
} from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { sweepLinks } from '../account/link-store.ts';
import { sweepFactors } from '../factors/sweep-factors.ts';
import { sweepAttempts } from '../federation/attempts.ts';
import { sweepChanges } from '../grants/sweep-changes.ts';
import { sweepPreviews } from '../imports/sweep-previews.ts';

const everyMs = 10 * 60 * 1000;
/** Ended and expired grants stay this long, so that a late token gets the right answer. */
const grantKeptSeconds = 30 * 24 * 3600;
const answerKeptSeconds = 24 * 3600;
/** Codes and the like stay a little longer than they work: nothing about them is told apart by then. */
const artifactKeptSeconds = 600;

/** Removes what has lost its use: old grants, answers of idempotent requests, retired keys, uploads never started. */
export function startSweeper(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): { stop(): void } {
  const { database, clock, log } = options;
  let changesOver: string | undefined;
  const sweep = async (): Promise<void> => {
    const now = clock.now();
    await database.db.delete(grants).where(lt(grants.expiresAt, after(now, -grantKeptSeconds)));
    await database.db
      .delete(idempotencyKeys)
      .where(lt(idempotencyKeys.createdAt, after(now, -answerKeptSeconds)));
    await database.db.delete(signingKeys).where(lt(signingKeys.retiresAt, after(now, -answerKeptSeconds)));
    await database.db.execute(sql`DELETE FROM rate_limits WHERE expire < ${now.getTime()}`);
    await sweepLinks(database.db, now);
    await sweepAttempts(database.db, now);
    await sweepFactors(database.db, now);
    await sweepPreviews(database.db, now);
    await database.db.delete(revokedTokens).where(lt(revokedTokens.expiresAt, now));
    changesOver = await sweepChanges(database, changesOver);
    await database.db
      .delete(oauthArtifacts)
      .where(lt(oauthArtifacts.expiresAt, after(now, -artifactKeptSeconds)));
  };
  const timer = setInterval(() => {
    sweep().catch((error) => log.warn({ err: error }, 'a sweep failed; the next one tries again'));
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
