import type { DatabaseLog } from '../database-log.ts';
import { addressOf, type DatabaseAddress } from './database-address.ts';
import { livingOwner } from './owner-file.ts';
import { place } from './placement.ts';
import { isPostmaster, readPostmasterFile } from './postmaster-file.ts';
import { readSecret } from './secret.ts';
import { socketEndpoint } from './settings.ts';

/**
 * The address of an embedded database that another living process runs, so that a command can work beside it.
 *
 * @returns `undefined` when nobody runs it; then {@link startEmbeddedDatabase} may
 */
export async function attachEmbeddedDatabase(options: {
  readonly directory: string;
  readonly log: DatabaseLog;
  readonly database?: string;
}): Promise<DatabaseAddress | undefined> {
  const { log, database = 'castellan' } = options;
  const placement = await place(options.directory, log);
  if ((await livingOwner(placement)) === undefined) return undefined;
  const file = await readPostmasterFile(placement.dataDirectory);
  if (!file || !(await isPostmaster(file.pid, placement.dataDirectory))) return undefined;
  const endpoint = socketEndpoint(placement) ?? { host: '127.0.0.1', port: file.port };
  const passwordOf = await readSecret(placement.secretFile);
  return addressOf({ ...endpoint, user: database, password: passwordOf(database), database });
}
