import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const prefix = '/assets/account/';

/** The small browser scripts of the pages, as they were built; pages do their work without them. */
export interface PageScripts {
  /** Addresses of the script modules that pages with passkeys load; empty where none was built. */
  readonly passkeys: readonly string[];
  /** Serves them; their names change with their content, so that they can be kept for good. */
  register(app: FastifyInstance): void;
}

/** @param directory the `dist` of apps/account; nothing in it is served but what its manifest names */
export function readPageScripts(directory: string | undefined): PageScripts {
  if (directory === undefined) return { passkeys: [], register: () => {} };
  const names = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as { passkeys: string };
  const text = readFileSync(join(directory, names.passkeys), 'utf8');
  const address = prefix + names.passkeys;
  return {
    passkeys: [address],
    register(app) {
      app.get(address, async (_request, reply) =>
        reply
          .header('cache-control', 'public, max-age=31536000, immutable')
          .type('text/javascript; charset=utf-8')
          .send(text),
      );
    },
  };
}
