import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../package-root.ts';
import { accentStyleSheet } from './accent.ts';

const styleSheet = ['tokens.css', 'pages.css', 'account.css']
  .map((name) => readFileSync(join(packageRoot, 'assets', name), 'utf8'))
  .join('\n');
const path = '/assets/pages.css';

/** Where pages find their style sheet. The address changes with its content, so that it can be kept for good. */
export const styleSheetAddress = `${path}?v=${hash('sha256', styleSheet, 'hex').slice(0, 12)}`;

/** Serves what the server's own pages need; both listeners call it before they add their routes. */
export function registerPageAssets(app: FastifyInstance): void {
  app.get(path, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/css; charset=utf-8')
      .send(styleSheet),
  );
  // A colour that somebody else chose becomes a style sheet of ours: pages have no style of their own (strict policy).
  app.get<{ Params: { colour: string } }>('/assets/accent-:colour.css', async (request, reply) => {
    const written = accentStyleSheet(`#${request.params.colour}`);
    if (written === undefined) return reply.callNotFound();
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/css; charset=utf-8')
      .send(written);
  });
}
