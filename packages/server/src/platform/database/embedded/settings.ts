import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Placement } from './placement.ts';

/** Where the server listens: a socket in its own directory, or a loopback port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Only a name here: the file is `.s.PGSQL.5432`, which is what PostgreSQL's own tools expect. */
const socketPort = 5432;
/** The lock that PostgreSQL puts beside its socket. */
export const socketLockFile = `.s.PGSQL.${socketPort}.lock`;
/** The kernel takes 107 bytes on Linux and 103 on macOS. */
const longestSocketPathBytes = 100;

/** The socket of a placement, where its path is short enough for one and the system has them. */
export function socketEndpoint({ socketDirectory }: Placement): Endpoint | undefined {
  const path = join(socketDirectory, `.s.PGSQL.${socketPort}`);
  if (process.platform === 'win32' || Buffer.byteLength(path) > longestSocketPathBytes) return undefined;
  return { host: socketDirectory, port: socketPort };
}

/** A loopback port that is free now. */
export function freeLoopbackEndpoint(): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 }),
      );
    });
  });
}

/**
 * Pages that PostgreSQL keeps itself: memory is taken as they fill. 256 MB let an import of 100,000 people keep what it needs again; a
 * million resources with their shares are 1 GB, and a look-up that has to fetch its pages costs twice as much.
 */
function sharedMegabytes(): number {
  return Math.round(Math.min(1024, Math.max(128, totalmem() / 16 / 1024 ** 2)));
}

/** The arguments of `postgres`. Given on the command line they win over any file in the data directory. */
export function postgresArguments(
  { dataDirectory, socketDirectory }: Placement,
  endpoint: Endpoint,
  extra: Readonly<Record<string, string>>,
): readonly string[] {
  const onSocket = endpoint.host === socketDirectory;
  const settings: Record<string, string> = {
    cluster_name: 'castellan',
    listen_addresses: onSocket ? '' : endpoint.host,
    port: String(endpoint.port),
    unix_socket_directories: onSocket ? socketDirectory : '',
    unix_socket_permissions: '0700',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: `${sharedMegabytes()}MB`,
    max_connections: '100',
    // Short queries by key gain nothing from these, and pay for them in start-up time and processes.
    jit: 'off',
    io_method: 'sync',
    max_logical_replication_workers: '0',
    // A query whose client died ends, rather than holding its locks until it has an answer to give.
    client_connection_check_interval: '2s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    ...extra,
  };
  return [
    '-D',
    dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Nothing of the caller's environment: no `PG…` variable may change what runs, and no secret belongs in it. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env;
  return { PATH, LC_ALL: 'C', TZ: 'UTC', ...(SystemRoot !== undefined && { SystemRoot }) };
}
