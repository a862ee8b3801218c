import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  for (let directory = dirname(from); directory !== dirname(directory); directory = dirname(directory)) {
    const manifest = join(directory, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === '@castellan/server')
      return directory;
  }
  throw new Error(`${from} is not inside the package @castellan/server`);
}

/** The folder of this package. Sources and the bundle lie at different depths below it, so it is looked for. */
export const packageRoot = findRoot(fileURLToPath(import.meta.url));
