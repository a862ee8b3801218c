import { existsSync } from 'node:fs';
import { findApache } from '../packages/testkit/src/apache.ts';
import { runTool } from './run-tool.ts';

/** Why Apache is not there; nothing when it is. */
export type ApacheMissing = string | undefined;

const packages = ['apache2', 'libapache2-mod-auth-openidc'];

/** Finds Apache with its module for OpenID Connect; where this process may, installs Debian's packages. */
export async function ensureApache(): Promise<ApacheMissing> {
  if (findApache()) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return `No Apache with mod_auth_openidc is here: install ${packages.join(' and ')}.`;
  console.log(`Installing the packages ${packages.join(', ')}`);
  // Debian starts what it installs; a server of the tests is started by them.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const updated = await runTool('apt-get', ['update', '-qq'], { env });
  const installed = await runTool(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    {
      env,
    },
  );
  if (findApache()) return undefined;
  const complaint = `${updated.output}${installed.output}`.trim().split('\n').at(-1) ?? '';
  return `The packages ${packages.join(', ')} could not be installed: ${complaint}`;
}
