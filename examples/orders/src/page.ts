import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frameAncestorsNone } from '@castellan/admin';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where the build puts the page; the same from `src` and from `dist`. */
export const builtPage = fileURLToPath(new URL('../dist/web', import.meta.url));

/** What the page has to know, put on its root element: a page with no inline script can still read it. */
export interface PageSettings {
  readonly issuer: string;
  readonly service: string;
  /** Whether people can sign in through Castellan, too. */
  readonly signIn: 'password' | 'castellan';
}

/** What one answer says beside that, in the same place. */
export type PageFacts = Readonly<Record<string, string>>;

/** The built page, for other addresses than `/`. */
export interface Page {
  /** Answers with it. `strip` is HTML that is shown above everything, before any script runs. */
  send(reply: FastifyReply, facts?: PageFacts, strip?: string): FastifyReply;
}

/** Serves the page with a policy that lets it load its own files and talk to this product and to Castellan only. */
export function servePage(app: FastifyInstance, folder: string, settings: PageSettings): Page {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${new URL(settings.issuer).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
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
  // After the hook above, so that the policy is there which it stands beside.
  frameAncestorsNone.fastify(app);
  const page = readPage(folder, settings);
  app.get('/', (_request, reply) => page.send(reply));
  if (existsSync(folder))
    app.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      // Their names carry a digest of their content.
      immutable: true,
      maxAge: '365d',
    });
  return page;
}

function readPage(folder: string, { issuer, service, signIn }: PageSettings): Page {
  const index = join(folder, 'index.html');
  if (!existsSync(index))
    return {
      send: (reply) =>
        reply.code(503).type('text/plain').send('The page is not built yet: run `npm run build`.\n'),
    };
  const built = readFileSync(index, 'utf8');
  return {
    send(reply, facts = {}, strip = '') {
      const attributes = Object.entries({ issuer, service, 'sign-in': signIn, ...facts }).map(
        ([name, value]) => ` data-${name}="${escapeAttribute(value)}"`,
      );
      const html = built
        .replace('<html', () => `<html${attributes.join('')}`)
        .replace('<body>', () => `<body>${strip}`);
      // A route that wants it kept nowhere has said so.
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
      return reply.type('text/html; charset=utf-8').send(html);
    },
  };
}

function escapeAttribute(value: string): string {
  return value.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
