import { existsSync } from 'node:fs';

/** Debian's Apache with mod_auth_openidc. */
export interface ApachePlaces {
  readonly program: string;
  readonly modules: string;
}

const debian: ApachePlaces = { program: '/usr/sbin/apache2', modules: '/usr/lib/apache2/modules' };

/** Where Apache is, as Debian has it; null when it, or its module for OpenID Connect, is not here. */
export function findApache(): ApachePlaces | null {
  return existsSync(debian.program) && existsSync(`${debian.modules}/mod_auth_openidc.so`) ? debian : null;
}
