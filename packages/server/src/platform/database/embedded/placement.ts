import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseLog } from '../database-log.ts';
import { DatabaseStartError } from '../database-start-error.ts';
import { type Account, barrierTo, chooseAccount, isRoot } from './account.ts';
import { createPrivately } from './private-files.ts';

/** Where one embedded database keeps what, and who it runs as. */
export interface Placement {
  /** What the caller named. Castellan's own files are here. */
  readonly directory: string;
  /** Where PostgreSQL's files are: the directory itself, unless the account can't enter it. */
  readonly home: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly secretFile: string;
  readonly ownerFile: string;
  /** Written once the data exists. */
  readonly createdFile: string;
  readonly logFile: string;
  /** Whom to become; nobody else when not root. */
  readonly account: Account | undefined;
}

/** Where root keeps data that the unprivileged account could not reach otherwise. */
const rootsHome = '/var/lib/castellan';
const markFile = 'castellan-database.json';

/** Decides where everything is, the first time for good, and makes the directories. */
export async function place(directoryName: string, log: DatabaseLog): Promise<Placement> {
  const directory = resolve(directoryName);
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const owner = await stat(directory);
  refuseStranger(directory, owner.uid);
  const account = isRoot() ? await chooseAccount(owner) : undefined;

  const mark = join(directory, markFile);
  if (!existsSync(mark)) {
    await refuseForeignFiles(directory);
    const home = (await chooseHome(directory, account, log)) ?? '.';
    await createPrivately(mark, `${JSON.stringify({ format: 1, home })}\n`);
  }
  const { home: named } = JSON.parse(await readFile(mark, 'utf8')) as { home: string };
  const home = resolve(directory, named);
  await makeHome(home, directory, account);
  if (account) await refuseBarrier(home, account);

  const socketDirectory = join(home, 'socket');
  await makeForAccount(socketDirectory, account);
  return {
    directory,
    home,
    account,
    socketDirectory,
    dataDirectory: join(home, 'postgresql'),
    secretFile: join(directory, 'secret'),
    ownerFile: join(directory, 'owner.json'),
    createdFile: join(directory, 'created.json'),
    logFile: join(directory, 'postgres.log'),
  };
}

/** A directory for the account alone. */
async function makeForAccount(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (account) await chown(path, account.uid, account.gid);
}

async function chooseHome(
  directory: string,
  account: Account | undefined,
  log: DatabaseLog,
): Promise<string | undefined> {
  if (!account) return undefined;
  const barrier = await barrierTo(dirname(directory), account);
  if (!barrier) return undefined;
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const home = join(rootsHome, `${digest}-${randomBytes(3).toString('hex')}`);
  log.warn(
    { directory, home, account: account.name, barrier },
    `as root, PostgreSQL runs as ${account.name}, which may not enter ${barrier}: the data is kept in ${home}`,
  );
  return home;
}

async function makeHome(home: string, directory: string, account: Account | undefined): Promise<void> {
  if (home !== directory) {
    if (await mkdir(rootsHome, { recursive: true })) await chmod(rootsHome, 0o755);
    if (await mkdir(home, { recursive: true }))
      await writeFile(join(home, 'README'), `The embedded database of Castellan in ${directory}.\n`);
  }
  // Root's home is passed through by the account, which owns only the two directories in it.
  await chmod(home, account && (await stat(home)).uid === 0 ? 0o711 : 0o700);
}

async function refuseBarrier(home: string, account: Account): Promise<void> {
  const barrier = await barrierTo(home, account);
  if (barrier)
    throw new DatabaseStartError(
      'directory_not_reachable',
      `PostgreSQL can't run as root, and ${account.name} may not enter ${barrier} on the way to ${home}. Allow it: chmod a+x ${barrier}`,
    );
}

function refuseStranger(directory: string, ownerUid: number): void {
  const self = process.geteuid?.();
  if (self === undefined || self === 0 || self === ownerUid) return;
  throw new DatabaseStartError(
    'directory_not_ours',
    `${directory} belongs to ${ownerUid === 0 ? 'root' : `user ${ownerUid}`}, and this is user ${self}. Start as its owner, or name another directory.`,
  );
}

/** PostgreSQL's directory is given away, closed and written into: never somebody's home by mistake. */
async function refuseForeignFiles(directory: string): Promise<void> {
  const foreign = (await readdir(directory)).filter(
    (name) => name !== 'lost+found' && !name.startsWith(markFile),
  );
  // Another process may have made it ours meanwhile: it writes the mark first.
  if (foreign.length > 0 && !existsSync(join(directory, markFile)))
    throw new DatabaseStartError(
      'directory_not_ours',
      `${directory} holds other files (${foreign.slice(0, 3).join(', ')}). Name an empty directory, or one that does not exist yet.`,
    );
}
