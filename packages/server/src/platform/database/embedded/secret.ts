import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createPrivately } from './private-files.ts';

/** The password of a role. Each is derived from one secret, so that knowing one tells nothing about another. */
export type PasswordOf = (role: string) => string;

/** Reads the secret of a database, or makes it. */
export async function readSecret(path: string): Promise<PasswordOf> {
  await createPrivately(path, `${randomBytes(32).toString('base64url')}\n`);
  const secret = (await readFile(path, 'utf8')).trim();
  return (role) => createHmac('sha256', secret).update(`role ${role}`).digest('base64url');
}
