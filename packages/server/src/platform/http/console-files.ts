import { readdir, readFile } from 'node:fs/promises';
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
  const assets = join(directory, 'assets');
  const page = await readFile(join(directory, 'index.html'));
  const inRoot = (await readdir(directory, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.html'),
  );
  return {
    extend: async (app) => {
      await app.register(fastifyStatic, {
        // One route for all of them: with one for each of hundreds of files a start takes longer.
        root: assets,
        prefix: '/assets/',
        index: false,
        cacheControl: false,
        preCompressed: true,
        setHeaders: (reply, path) => {
          reply.header(
            'cache-control',
            path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache',
          );
        },
      });
      for (const { name } of inRoot) app.get(`/${name}`, (_, reply) => reply.sendFile(name, directory));
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
