import type { Duplex } from 'node:stream';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { NewEvent, Origin } from '../activity/event.ts';
import type { Clock } from '../clock.ts';
import { newId } from './identifiers.ts';

/** What repositories run queries on: the pool for reads, a transaction for writes. */
export type Queryable = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

/** SQL with the name under which connections prepare it. */
export interface PreparedQuery {
  readonly name: string;
  readonly text: string;
}

/** One transaction. Events recorded in it are written at its end, with it. */
export interface Transaction {
  readonly db: Queryable;
  /** A hand-written query of a hot path, prepared once on each connection under its name. */
  query<Row extends object>(query: PreparedQuery, values: readonly unknown[]): Promise<Row[]>;
  /** A last query, sent without waiting for its answer; when it fails, the transaction fails with it. */
  last(query: PreparedQuery, values: readonly unknown[]): void;
  readonly now: Date;
  readonly origin: Origin;
  /** Adds an activity event; it is there exactly if the transaction commits. */
  record(event: NewEvent): void;
  /** Says that events were written to the outbox in bulk, past {@link record}; they are numbered after the commit too. */
  touchedEvents(): void;
  /** Runs after the commit; never when it fails. */
  afterCommit(action: () => void): void;
}

export interface Database {
  readonly pool: Pool;
  /** For reads outside a transaction. */
  readonly db: Queryable;
  /** Runs `work` in one transaction, with its events; again from the start when the database ended it to resolve a deadlock. */
  write<T>(origin: Origin, work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** @param onEvents called after a commit that recorded events, so that they are numbered at once */
export function createDatabase(pool: Pool, clock: Clock, onEvents: () => void = () => {}): Database {
  return {
    pool,
    db: drizzle(pool),
    async write(origin, work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await writeOnce(pool, clock, onEvents, origin, work);
        } catch (error) {
          // Two writes waited for each other and the database ended this one; nothing of it is left.
          if (attempt === mostAttempts || !isDeadlock(error)) throw error;
        }
      }
    },
  };
}

const mostAttempts = 4;

function isDeadlock(error: unknown): boolean {
  for (let cause = error as { code?: string; cause?: unknown } | undefined; cause; ) {
    if (cause.code === '40P01') return true;
    cause = cause.cause as typeof cause;
  }
  return false;
}

async function writeOnce<T>(
  pool: Pool,
  clock: Clock,
  onEvents: () => void,
  origin: Origin,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // A connection may be lost while no query is under way; without a listener that would end the process. The next
  // query fails then, and with it the transaction.
  const lost = (): void => {};
  client.on('error', lost);
  const events: NewEvent[] = [];
  const afterwards: (() => void)[] = [];
  /** What was sent and is awaited together with the commit, so that all of it is one round trip. */
  const unanswered: Promise<unknown>[] = [];
  const send = (query: string | QueryConfig) => {
    sendTogether(client);
    return client.query(query);
  };
  const sendLast = (query: QueryConfig): void => {
    const answer = send(query);
    answer.catch(() => {}); // Awaited below, also where the commit fails first.
    unanswered.push(answer);
  };
  let bulkEvents = false;
  let result: T;
  try {
    // Sent together with the first query of the work, where the connection can.
    const begun = send('BEGIN');
    begun.catch(() => {}); // The first query fails with it.
    if (!client.pipeline) await begun;
    const tx: Transaction = {
      db: queryableOf(client),
      query: async (query, values) => (await send({ ...query, values: [...values] })).rows,
      last: (query, values) => sendLast({ ...query, values: [...values] }),
      now: clock.now(),
      origin,
      record: (event) => events.push(event),
      touchedEvents: () => {
        bulkEvents = true;
      },
      afterCommit: (action) => afterwards.push(action),
    };
    result = await work(tx);
    await begun;
    if (events.length > 0) sendLast(eventsQuery(tx, events));
    // A transaction that failed is not committed by this: the database then answers ROLLBACK.
    const { command } = await send('COMMIT');
    await Promise.all(unanswered);
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back by the database');
  } catch (error) {
    const broken = await rollBack(client);
    client.off('error', lost);
    client.release(broken);
    throw error;
  }
  client.off('error', lost);
  client.release();
  for (const action of afterwards) action();
  if (events.length > 0 || bulkEvents) onEvents();
  return result;
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Puts what is sent on a connection in this turn into one packet: `pg` writes each query by itself, and each write is a
 * system call here and a wake-up there.
 */
function sendTogether(client: PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  // After the microtasks of this turn: a transaction whose work is done commits in them.
  process.nextTick(() => stream.uncork());
}

const eventColumns =
  'id, action, actors, actor_id, target_kind, target_id, target_label, workspace_id, workspace_name, service, detail, address, correlation_id, at';

/** Writes events with one prepared statement, however many they are. */
function eventsQuery(tx: Transaction, events: readonly NewEvent[]): QueryConfig {
  const rows = events.map((event) => {
    const actors = event.actors ?? tx.origin.actors;
    return {
      id: newId(),
      action: event.action,
      actors,
      actor_id: actors[0]?.id ?? null,
      target_kind: event.target.kind,
      target_id: event.target.id,
      target_label: event.target.label,
      workspace_id: event.workspace?.id ?? null,
      workspace_name: event.workspace?.name ?? null,
      service: event.service ?? null,
      detail: event.detail ?? {},
      address: tx.origin.address,
      correlation_id: tx.origin.correlationId,
      at: tx.now,
    };
  });
  return {
    name: 'record events',
    text: `INSERT INTO activity_outbox (${eventColumns})
SELECT ${eventColumns} FROM jsonb_populate_recordset(NULL::activity_outbox, $1::jsonb)`,
    values: [JSON.stringify(rows)],
  };
}

const queryables = new WeakMap<PoolClient, Queryable>();

/** One for each connection: making it costs more than a query. */
function queryableOf(client: PoolClient): Queryable {
  let queryable = queryables.get(client);
  if (!queryable) {
    queryable = drizzle(client);
    queryables.set(client, queryable);
  }
  return queryable;
}

/** Rows of a hand-written query. The caller names their shape and writes the query so that it is true. */
export async function rowsOf<Row>(db: Queryable, query: SQL): Promise<Row[]> {
  const result = await db.execute(query);
  return result.rows as Row[];
}

export { sql };
