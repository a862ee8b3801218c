import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageSecurityPolicy } from './headers.ts';

/** Paths of the API: what is missing there is an error, not a page. */
const apiPath = /^\/(?:admin|auth|assets|metrics|openapi\.json)(?:\/|$|\?)/;

export interface ConsoleFiles {
  readonly extend: (app: FastifyInstance) => Promise<void>;
  readonly fallback: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

/**
 * Serves the built console on the admin listener: its hashed files for a year, its page for every other path.
 * @param directory the console's `dist`
 */
export async function consoleFiles(directory: string): Promise<ConsoleFiles> {
  const page = await readFile(join(directory, 'index.html'));
  return {
    extend: async (app) => {
      await app.register(fastifyStatic, {
        root: directory,
        index: false,
        wildcard: false,
        cacheControl: false,
        preCompressed: true,
        setHeaders: (reply, path) => {
          reply.header(
            'cache-control',
            path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          );
        },
      });
    },
    fallback: (request, reply) => {
      const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
      if (!wantsPage || apiPath.test(request.url)) return false;
      void reply
        .code(200)
        .header('content-security-policy', pageSecurityPolicy)
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(page);
      return true;
    },
  };
}
