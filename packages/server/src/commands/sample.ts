import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { readSettings } from '../platform/config.ts';
import type { SampleHouse } from '../sample/fill.ts';
import { databaseDirectory, openDatabase, prepareDatabase } from './open-database.ts';
import { CommandError, runCommand } from './run-command.ts';
import { createServerLog } from './server-log.ts';

/** A file that is made once and is its owner's alone. */
async function keptSecret(file: string): Promise<string> {
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const secret = randomBytes(32).toString('base64');
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return secret;
}

/** Settings for a look around: loopback only, plain HTTP, everything else made up. */
async function sampleSettings(directory: string) {
  const { PUBLIC_PORT = '9003', ADMIN_PORT = '9004' } = process.env;
  return readSettings({
    LOG_LEVEL: 'warn',
    ...process.env,
    DATABASE_URL: undefined,
    PUBLIC_URL: `http://localhost:${PUBLIC_PORT}`,
    ADMIN_URL: `http://localhost:${ADMIN_PORT}`,
    PUBLIC_HOST: 'localhost',
    ADMIN_HOST: 'localhost',
    COOKIE_SECURE: 'false',
    // The sample product is on this machine, and its admin surface is asked there.
    OUTBOUND_ALLOW: ['127.0.0.1', process.env.OUTBOUND_ALLOW].filter(Boolean).join(','),
    KEY_ENCRYPTION_SECRET: await keptSecret(join(directory, 'key-encryption-secret')),
  });
}

/** `castellan-server sample`: what `npm start` runs. One JSON line on standard output says that it is ready. */
export const sampleCommand = defineCommand({
  meta: { name: 'sample', description: 'Try the platform: embedded database, sample people, loopback only' },
  args: { directory: { type: 'string', description: 'Where everything is kept', default: '.castellan' } },
  run: ({ args }) =>
    runCommand(async () => {
      const directory = resolve(args.directory);
      // Passable, so that the account that PostgreSQL runs under reaches its own directory inside; each file is private.
      await mkdir(directory, { recursive: true, mode: 0o711 });
      const settings = await sampleSettings(directory);
      // As `serve` has it: PostgreSQL comes first.
      const load = () =>
        Promise.all([
          import('./run-platform.ts'),
          import('../sample/fill.ts'),
          import('../domains/sign-in/password-hasher.ts'),
        ]);
      const { log, flush } = createServerLog(settings.LOG_LEVEL);
      const opened = await openDatabase({
        url: undefined,
        embeddedDirectory: databaseDirectory(directory),
        log,
        onWait: () => void load().catch(() => {}), // Told where it is awaited.
      });
      const stop = async (): Promise<void> => {
        await opened.close();
        flush();
      };
      try {
        await prepareDatabase(opened.connection, log);
        const [{ onStopSignal, runPlatform }, { fillSample, pointToOrders }, { createPasswordHasher }] =
          await load();
        const platform = await runPlatform({ settings, connection: opened.connection, log });
        onStopSignal(async () => {
          await platform.close();
          await stop();
        });
        const file = join(directory, 'sample.json');
        const ordersPort = process.env.ORDERS_PORT ?? '9005';
        const filled = await fillSample(platform.database, createPasswordHasher(), [
          `http://localhost:${ordersPort}`,
          `http://127.0.0.1:${ordersPort}`,
        ]);
        if (filled) await writeFile(file, JSON.stringify(filled, null, 2), { mode: 0o600 });
        if (!existsSync(file)) {
          await platform.close();
          throw new CommandError(
            `${directory} holds a database that is no sample. Use another --directory, or castellan-server serve.`,
          );
        }
        await pointToOrders(platform.database, `http://127.0.0.1:${ordersPort}`);
        const house = JSON.parse(await readFile(file, 'utf8')) as SampleHouse;
        const orders = await opened.embedded!.createDatabase('orders');
        console.log(
          JSON.stringify({
            ready: true,
            public_url: settings.PUBLIC_URL,
            admin_url: settings.ADMIN_URL,
            signins: house.signins,
            service_key: house.service_key,
            client_id: house.client_id,
            client_secret: house.client_secret,
            sample_file: file,
            orders_database_url: orders.url,
          }),
        );
      } catch (error) {
        await stop();
        throw error;
      }
    }),
});
