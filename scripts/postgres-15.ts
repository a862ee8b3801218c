import pg from 'pg';

/** A server to test on, or why there is none. */
export type FoundServer =
  | { readonly url: string; readonly reason?: undefined }
  | { readonly url?: undefined; readonly reason: string };

const variable = 'CASTELLAN_POSTGRES_15_URL';
const usualPlace = 'postgres://postgres@127.0.0.1:5432/postgres';

/**
 * Finds a PostgreSQL 15 that tests may make databases in: the one that `CASTELLAN_POSTGRES_15_URL` names, else one at
 * the standard port that lets `postgres` in without a password, as disposable machines do.
 */
export async function findPostgres15(environment: NodeJS.ProcessEnv = process.env): Promise<FoundServer> {
  const url = environment[variable] ?? usualPlace;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    const { version } = rows[0]!;
    return version.startsWith('15.')
      ? { url }
      : { reason: `The server there is PostgreSQL ${version}; ${variable} names another.` };
  } catch (error) {
    return {
      reason: `${error instanceof Error ? error.message : error}; ${variable} names a server to use.`,
    };
  } finally {
    await client.end().catch(() => {});
  }
}
