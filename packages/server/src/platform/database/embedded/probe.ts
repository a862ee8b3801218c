import pg from 'pg';
import { DatabaseStartError } from '../database-start-error.ts';
import { superuser } from './cluster.ts';
import type { Endpoint } from './settings.ts';

/** What a server said when it was spoken to. `busy` is starting, recovering or shutting down. */
export type Answer =
  | { readonly kind: 'ready'; readonly client: pg.Client }
  | { readonly kind: 'busy' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent' };

const silenceMs = 2_000;

/** Tries to sign in as the superuser. The caller ends the client of a ready answer. */
export async function probe(endpoint: Endpoint, password: string, directory: string): Promise<Answer> {
  const client = new pg.Client({
    ...endpoint,
    user: superuser,
    password,
    database: 'postgres',
    application_name: 'castellan owner',
    connectionTimeoutMillis: silenceMs,
    keepAlive: true,
  });
  // A client without a listener would end the process when the server goes.
  client.on('error', () => {});
  try {
    await client.connect();
    return { kind: 'ready', client };
  } catch (error) {
    void client.end().catch(() => {});
    return interpret(error as Error & { code?: string }, directory);
  }
}

function interpret(error: Error & { code?: string }, directory: string): Answer {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return { kind: 'absent' };
    case '57P03': // starting, recovering or shutting down
    case '57P01': // ended while we were signing in
    case 'ECONNRESET':
    case 'EPIPE':
    case 'EAGAIN': // its queue of connections is full
      return { kind: 'busy' };
    case '28P01':
      throw new DatabaseStartError(
        'directory_in_use',
        `The PostgreSQL in ${directory} does not accept the password in ${directory}/secret. Put back the file it was made with.`,
        { cause: error },
      );
    case undefined:
      return error.message.includes('timeout') ? { kind: 'silent' } : { kind: 'busy' };
    default:
      throw new DatabaseStartError(
        'server_failed',
        `The PostgreSQL in ${directory} answers: ${error.message}`,
        {
          cause: error,
        },
      );
  }
}
