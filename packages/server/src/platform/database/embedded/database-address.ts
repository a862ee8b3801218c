/** How to reach one database of the embedded server: as fields for `pg`, and as one URL for an environment variable. */
export interface DatabaseAddress {
  readonly connection: {
    /** The directory of a Unix socket, or a loopback address. */
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** The same as `postgres://…`, as `pg` and `libpq` read it. It holds the password. */
  readonly url: string;
}

/** The address with its URL. */
export function addressOf(connection: DatabaseAddress['connection']): DatabaseAddress {
  const { user, password, host, port, database } = connection;
  const authority = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}`;
  return { connection, url: `postgres://${authority}/${encodeURIComponent(database)}` };
}
