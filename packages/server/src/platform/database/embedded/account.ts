import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The account that PostgreSQL runs as when Castellan itself is root, which PostgreSQL refuses to be. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whether this process is root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * Whom to become: the owner of the directory if that is a person, so that she can start it herself later;
 * else the account that PostgreSQL's packages make; else the one that owns nothing.
 */
export async function chooseAccount(directoryOwner: { uid: number; gid: number }): Promise<Account> {
  if (directoryOwner.uid !== 0) return { ...directoryOwner, name: `uid ${directoryOwner.uid}` };
  const lines = await readFile('/etc/passwd', 'utf8').then(
    (text) => text.split('\n').map((line) => line.split(':')),
    () => [],
  );
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = lines.find(([candidate]) => candidate === wanted) ?? [];
    if (name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return { name: 'nobody', uid: 65534, gid: 65534 };
}

/** The first directory on the way to `path` (itself included) that the account may not enter; none if it can go there. */
export async function barrierTo(path: string, account: Account): Promise<string | undefined> {
  for (const directory of ancestors(await realpath(path))) {
    const { uid, gid, mode } = await stat(directory);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return directory;
  }
  return undefined;
}

/** From the root of the file system down to the path. */
function ancestors(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}
