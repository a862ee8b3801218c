import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRoot } from './account.ts';

/**
 * Opens a file that only the owner of its directory may read. Root, writing into someone's directory,
 * follows no link that this someone put there, and leaves the file to them.
 */
export async function openPrivately(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  try {
    if (isRoot()) {
      const { uid, gid } = await stat(dirname(path));
      await file.chown(uid, gid);
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Replaces a file at once: a reader sees the old text or the new one, and so does the next start after a crash. */
export async function writePrivately(path: string, text: string): Promise<void> {
  await writeBeside(path, text, (written) => rename(written, path));
}

/** Writes a file unless it is there already; of several that try at once, one succeeds, and all agree on the text. */
export async function createPrivately(path: string, text: string): Promise<void> {
  if (existsSync(path)) return;
  await writeBeside(path, text, async (written) => {
    await link(written, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(written);
  });
}

async function writeBeside(
  path: string,
  text: string,
  put: (written: string) => Promise<void>,
): Promise<void> {
  const written = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await openPrivately(written, constants.O_WRONLY | constants.O_EXCL);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await put(written);
  await syncDirectory(dirname(path));
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows can't open a directory, and needs no such thing.
  if (process.platform === 'win32') return;
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
