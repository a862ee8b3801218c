import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** One list of another admin: how long it took, in milliseconds. */
export type PeerList = (question: {
  readonly offset?: number;
  readonly search?: string;
  readonly customerId?: number;
}) => Promise<number>;

/** AdminJS and its adapter for SQL, as npm has them. */
const versions = { adminjs: '7.8.17', '@adminjs/sql': '2.2.6' } as const;
const installTimeoutMs = 600_000;

/** What of AdminJS is called here: https://docs.adminjs.co */
interface Resource {
  find(filter: unknown, options: object): Promise<readonly unknown[]>;
  count(filter: unknown): Promise<unknown>;
}
interface Modules {
  readonly Filter: new (filters: object, resource: unknown) => unknown;
  readonly Adapter: new (
    dialect: string,
    options: object,
  ) => { init(): Promise<{ table(name: string): unknown }> };
  readonly Resource: new (table: unknown) => Resource;
}

/**
 * AdminJS on the same table: what its list action asks of its resource, `find` with an offset and `count`, without its server and pages.
 * It is installed into a directory of the proof's own, because its five hundred packages have no business in this repository.
 *
 * @returns why it is not there, where it can't be installed
 */
export async function openAdminJs(
  directory: string,
  databaseUrl: string,
): Promise<{ readonly list: PeerList; readonly version: string } | { readonly reason: string }> {
  try {
    const home = join(directory, 'adminjs');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), '{"private": true, "type": "module"}');
    const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    await promisify(execFile)(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...wanted],
      { cwd: home, timeout: installTimeoutMs },
    );
    // Inside the directory, so that names of packages are looked up there.
    const entry = join(home, 'entry.mjs');
    await writeFile(
      entry,
      "export { Filter } from 'adminjs';\nexport { Adapter, Resource } from '@adminjs/sql';\n",
    );
    const { Filter, Adapter, Resource } = (await import(pathToFileURL(entry).href)) as Modules;
    const options = { connectionString: databaseUrl, database: new URL(databaseUrl).pathname.slice(1) };
    const database = await new Adapter('postgresql', options).init();
    const resource = new Resource(database.table('scale_orders'));
    const list: PeerList = async ({ offset = 0, search, customerId }) => {
      const filter = new Filter(
        {
          ...(search === undefined ? {} : { number: search }),
          ...(customerId === undefined ? {} : { customer_id: customerId }),
        },
        resource,
      );
      const sort = { sortBy: 'created_at', direction: 'desc' };
      const startedAt = performance.now();
      await resource.find(filter, { limit: 25, offset, sort });
      await resource.count(filter);
      return performance.now() - startedAt;
    };
    return { list, version: versions.adminjs };
  } catch (error) {
    return { reason: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
}
