import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Logger } from 'pino';
import { createPlatform, type Platform } from '../app.ts';
import type { Settings } from '../platform/config.ts';
import { packageRoot } from '../platform/package-root.ts';
import { CommandError } from './run-command.ts';

/** A built app as this package ships it, or as the repository builds it. */
export function findApp(name: 'console' | 'account'): string | undefined {
  return [name, `../../apps/${name}/dist`]
    .map((path) => join(packageRoot, path))
    .find((directory) => existsSync(directory));
}

interface Door {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
}

async function listenOn(platform: Platform['publicListener'], door: Door): Promise<void> {
  try {
    await platform.listen({ host: door.host, port: door.port });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE')
      throw new CommandError(
        `Port ${door.port} is taken. Set ${door.setting} to another port for the ${door.name} listener.`,
      );
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new CommandError(
        `${door.host}:${door.port} can not be used (${code}). Change ${door.setting} or its host.`,
      );
    throw error;
  }
}

/** Builds the platform and opens both listeners; ends everything again when one can't be opened. */
export async function runPlatform(options: {
  readonly settings: Settings;
  readonly connection: pg.ClientConfig;
  readonly log: Logger;
}): Promise<Platform> {
  const { settings } = options;
  const platform = await createPlatform({
    ...options,
    consoleDirectory: findApp('console'),
    accountDirectory: findApp('account'),
  });
  try {
    await listenOn(platform.publicListener, {
      name: 'public',
      host: settings.PUBLIC_HOST,
      port: settings.PUBLIC_PORT,
      setting: 'PUBLIC_PORT',
    });
    await listenOn(platform.adminListener, {
      name: 'admin',
      host: settings.ADMIN_HOST,
      port: settings.ADMIN_PORT,
      setting: 'ADMIN_PORT',
    });
    return platform;
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Calls `stop` on the first SIGTERM or SIGINT; a second one ends at once. */
export function onStopSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
}
