import { defineCommand } from 'citty';
import type pg from 'pg';
import { readSettings } from '../platform/config.ts';
import { databaseDirectory, openDatabase, prepareDatabase } from './open-database.ts';
import { CommandError, runCommand } from './run-command.ts';
import { createServerLog } from './server-log.ts';

/** Sample people have passwords that were printed on a screen: they must never be served to a network. */
async function refuseSampleData(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query('SELECT FROM installation WHERE sample_data');
  if (rows.length > 0) throw new CommandError('This database holds sample data. Serve from an empty one.');
}

/** `castellan-server serve`: production. */
export const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Run the platform (settings come from the environment)' },
  args: {
    embedded: {
      type: 'boolean',
      description: 'Run a PostgreSQL of our own, for a small house',
      default: false,
    },
    directory: { type: 'string', description: 'Where the embedded database lives', default: '.castellan' },
  },
  run: ({ args }) =>
    runCommand(async () => {
      const settings = readSettings(process.env);
      // Loading the platform is most of a start, and holds up everything else: it waits until PostgreSQL is at work.
      const load = () =>
        Promise.all([import('./run-platform.ts'), import('../domains/invitations/setup-link.ts')]);
      const { log, flush } = createServerLog(settings.LOG_LEVEL);
      const opened = await openDatabase({
        url: args.embedded ? undefined : settings.DATABASE_URL,
        embeddedDirectory: args.embedded ? databaseDirectory(args.directory) : undefined,
        log,
        onWait: () => void load().catch(() => {}), // Told where it is awaited.
      });
      try {
        await prepareDatabase(opened.connection, log, refuseSampleData);
        const [{ onStopSignal, runPlatform }, { ensureSetupLink }] = await load();
        const platform = await runPlatform({ settings, connection: opened.connection, log });
        onStopSignal(async () => {
          log.info('stopping: requests under way are finished first');
          await platform.close();
          await opened.close();
          flush();
        });
        const path = await ensureSetupLink({ database: platform.database, vault: platform.vault }).catch(
          async (error: unknown) => {
            await platform.close();
            throw error;
          },
        );
        if (path)
          console.error(
            `Nobody is here yet. Make the first administrator within 24 hours at ${settings.ADMIN_URL}${path}`,
          );
        log.info({ public: settings.PUBLIC_URL, admin: settings.ADMIN_URL }, 'ready');
      } catch (error) {
        await opened.close();
        flush();
        throw error;
      }
    }),
});
