import { AsyncLocalStorage } from 'node:async_hooks';
import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, PreparedQuery, Queryable, Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Client } from '../clients/find-client.ts';
import type { NewOAuthGrant, OAuthGrant } from './oauth-grants.ts';
import type { RefreshToken } from './refresh-tokens.ts';
import type { Resource } from './resources.ts';

/** What one request of the protocol shares between the provider's hooks: its transaction, and what it has read already. */
export interface RequestScope {
  readonly origin: Origin;
  readonly userAgent: string | null;
  /** The moment that everything in this request happens at. */
  readonly now: Date;
  /** The one transaction, begun by the first write: a request that is refused early never begins one. */
  transaction(): Promise<Transaction>;
  /** Whether this request holds a connection. */
  readonly hasBegun: boolean;
  /**
   * Where to read from: the transaction, where one has begun. A request that holds a connection must never wait for a second
   * one: as many of them as there are connections would wait for each other.
   */
  reader(): Promise<Queryable>;
  /** Runs a query in the transaction, where one has begun, so that a request sees its own writes. */
  query<Row extends object>(query: PreparedQuery, values: readonly unknown[]): Promise<Row[]>;
  /** Grants that were read or begun in this request, by id. */
  readonly grants: Map<string, OAuthGrant>;
  /** Our own rows of the clients that the provider was told of, by their names on the wire. */
  readonly clients: Map<string, Client>;
  /** A grant that begins with the code that is about to be issued. */
  pending: NewOAuthGrant | undefined;
  /** The refresh token that this request looked up, so that it is read once. */
  refreshToken: { readonly value: string; readonly found: RefreshToken } | undefined;
  /** The refresh token that is being rotated, raw: its successor is derived from it. */
  rotatedToken: string | undefined;
  /** What came back although it was used before. */
  replayed: 'code' | 'refresh_token' | undefined;
  /** The resources that were named, by how they were named. */
  readonly resources: Map<string, Resource>;
  /** When the interaction began that this request goes on with. */
  interactionBegan: Date | undefined;
  /** What went wrong inside the provider; for the log, and to tell an outage from a fault. */
  fault: unknown;
}

/** A scope that can be ended: exactly one of the two is called, once. */
export interface OpenScope extends RequestScope {
  /** Resolves when everything is durable. */
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

const scopes = new AsyncLocalStorage<OpenScope>();

/**
 * The scope of the request that is being handled.
 * @throws Error outside of one
 */
export function requireScope(): OpenScope {
  const scope = scopes.getStore();
  if (!scope) throw new Error('This part of the provider works within a request only');
  return scope;
}

/** Thrown into the transaction so that it is rolled back; nobody sees it. */
class RolledBack extends Error {}

/** Opens the scope of one request. */
export function openScope(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly origin: Origin;
  readonly userAgent: string | null;
}): OpenScope {
  const { database, clock, origin, userAgent } = options;
  const outcome = Promise.withResolvers<void>();
  let begun: Promise<Transaction> | undefined;
  let written: Promise<void> | undefined;

  const begin = (): Promise<Transaction> => {
    const opened = Promise.withResolvers<Transaction>();
    let attempts = 0;
    written = database.write(origin, async (tx) => {
      // After a deadlock nothing of the transaction is left, and the provider's half of it can't be repeated from here.
      if (attempts++ > 0) throw new Refusal('unavailable', { retryAfterSeconds: 1 });
      opened.resolve(tx);
      await outcome.promise;
    });
    written.catch(opened.reject);
    opened.promise.catch(() => {}); // Reported to whoever awaits it.
    return opened.promise;
  };

  return {
    origin,
    userAgent,
    now: clock.now(),
    transaction() {
      begun ??= begin();
      return begun;
    },
    get hasBegun() {
      return begun !== undefined;
    },
    reader: async () => (begun ? (await begun).db : database.db),
    async query<Row extends object>(query: PreparedQuery, values: readonly unknown[]) {
      if (begun) return (await begun).query<Row>(query, values);
      const { rows } = await database.pool.query<Row>({ ...query, values: [...values] });
      return rows;
    },
    grants: new Map(),
    clients: new Map(),
    pending: undefined,
    refreshToken: undefined,
    rotatedToken: undefined,
    replayed: undefined,
    resources: new Map(),
    interactionBegan: undefined,
    fault: undefined,
    async commit() {
      outcome.resolve();
      await written;
    },
    async rollBack() {
      outcome.promise.catch(() => {});
      outcome.reject(new RolledBack());
      await written?.catch(() => {});
    },
  };
}

/** Runs work in a scope, without ending it. */
export function runInScope<T>(scope: OpenScope, work: () => Promise<T>): Promise<T> {
  return scopes.run(scope, work);
}

/** Runs work of our own pages in a scope of its own, and commits what it wrote. */
export async function withScope<T>(
  options: Parameters<typeof openScope>[0],
  work: (scope: RequestScope) => Promise<T>,
): Promise<T> {
  const scope = openScope(options);
  let result: T;
  try {
    result = await scopes.run(scope, () => work(scope));
  } catch (error) {
    await scope.rollBack();
    throw error;
  }
  await scope.commit();
  return result;
}
