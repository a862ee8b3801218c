import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where the build puts the page; the same from `src` and from `dist`. */
export const builtPage = fileURLToPath(new URL('../dist/web', import.meta.url));

/** What the page has to know, put on its root element: a page with no inline script can still read it. */
export interface PageSettings {
  readonly issuer: string;
  readonly service: string;
  /** Whether people can sign in through Castellan, too. */
  readonly signIn: 'password' | 'castellan';
}

/** Serves the page with a policy that lets it load its own files and talk to this product and to Castellan only. */
export function servePage(app: FastifyInstance, folder: string, settings: PageSettings): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${new URL(settings.issuer).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    done(null, payload);
  });
  const index = join(folder, 'index.html');
  if (!existsSync(index)) {
    app.get('/', (_request, reply) =>
      reply.code(503).type('text/plain').send('The page is not built yet: run `npm run build`.\n'),
    );
    return;
  }
  const html = readFileSync(index, 'utf8').replace(
    '<html',
    `<html data-issuer="${escapeAttribute(settings.issuer)}" data-service="${escapeAttribute(settings.service)}" data-sign-in="${settings.signIn}"`,
  );
  app.get('/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html),
  );
  app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    // Their names carry a digest of their content.
    immutable: true,
    maxAge: '365d',
  });
}

function escapeAttribute(value: string): string {
  return value.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
