import { randomUUID } from 'node:crypto';
import type { SignatureAlgorithm } from '@castellan/contract';
import { SignJWT } from 'jose';
import type { Logger } from 'pino';
import { after, type Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';

const everyMs = 3_000;
const atOnce = 20;
/** Waits after each failure, in seconds; after the last one the client is given up. */
const waits = [5, 30, 300, 1800, 7200] as const;
const tokenLifeSeconds = 120;

/** Tells clients that a sign-in ended (OpenID Connect Back-Channel Logout 1.0), in the order it happened, until they heard. */
export interface BackchannelLogout {
  /** Delivers what is due now. */
  deliver(): Promise<void>;
  stop(): Promise<void>;
}

interface Due {
  readonly grant_id: string;
  readonly user_id: string;
  readonly client_id: string;
  readonly attempts: number;
  readonly address: string;
  readonly algorithm: SignatureAlgorithm;
}

const claimQuery = {
  name: 'claim logouts',
  text: `
UPDATE backchannel_logouts b SET next_attempt_at = $2, attempts = b.attempts + 1
FROM clients c WHERE c.id = b.client_id AND c.backchannel_logout_uri IS NOT NULL AND b.grant_id IN (
  SELECT grant_id FROM backchannel_logouts WHERE next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
RETURNING b.grant_id, b.user_id, c.client_id, b.attempts, c.backchannel_logout_uri AS address, c.id_token_signed_response_alg AS algorithm`,
};

/** Starts delivering; replicas share the work. */
export function startBackchannelLogout(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly fetch: GuardedFetch;
  readonly issuer: string;
  readonly log: Logger;
}): BackchannelLogout {
  const { database, clock, keys, fetch, issuer, log } = deps;

  const logoutToken = (due: Due): Promise<string> => {
    const key = keys.current(due.algorithm);
    const now = Math.floor(clock.now().getTime() / 1000);
    return new SignJWT({
      sid: due.grant_id,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'logout+jwt' })
      .setIssuer(issuer)
      .setAudience(due.client_id)
      .setSubject(due.user_id)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + tokenLifeSeconds)
      .sign(key.privateKey);
  };

  const tell = async (due: Due): Promise<void> => {
    try {
      const response = await fetch(due.address, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ logout_token: await logoutToken(due) }).toString(),
      });
      if (response.status !== 200 && response.status !== 204)
        throw new Error(`answered with ${response.status}`);
    } catch (error) {
      const wait = waits[due.attempts - 1];
      const facts = { err: error, client: due.client_id, attempts: due.attempts };
      if (wait !== undefined) {
        log.info(facts, 'a client could not be told of a sign-out; it is tried again');
        await database.pool.query('UPDATE backchannel_logouts SET next_attempt_at = $2 WHERE grant_id = $1', [
          due.grant_id,
          after(clock.now(), wait),
        ]);
        return;
      }
      log.warn(facts, 'a client could not be told of a sign-out');
    }
    await database.pool.query('DELETE FROM backchannel_logouts WHERE grant_id = $1', [due.grant_id]);
  };

  const deliver = async (): Promise<void> => {
    const now = clock.now();
    // Whoever claims a row has a minute for it; if they are gone by then, another replica takes it.
    const { rows } = await database.pool.query<Due>({ ...claimQuery, values: [now, after(now, 60)] });
    await Promise.all(rows.map(tell));
  };

  let delivering: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    delivering = deliver().catch((error: unknown) =>
      log.warn({ err: error }, 'sign-outs could not be read; the next turn tries again'),
    );
  }, everyMs);
  timer.unref();
  return {
    deliver,
    async stop() {
      clearInterval(timer);
      await delivering;
    },
  };
}
