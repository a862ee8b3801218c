import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import configuration from '../rolldown.config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `castellan-server` as operators run it: one bundle, of these very sources, which starts in a tenth of the time. */
export interface BundledCommand {
  /** To be run by Node. */
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundles it by the package's own configuration, beside this package's sources, so that it finds what it brings along. */
export async function bundleCommand(): Promise<BundledCommand> {
  const folder = `${root}node_modules/.castellan-server-${process.pid}-${Date.now()}`;
  await build({
    ...configuration,
    cwd: root,
    input: { main: 'src/main.ts' },
    output: { ...configuration.output, dir: folder },
    logLevel: 'silent',
  });
  return { path: `${folder}/main.js`, remove: () => rm(folder, { recursive: true, force: true }) };
}
