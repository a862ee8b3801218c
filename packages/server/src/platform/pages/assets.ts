import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { packageRoot } from '../package-root.ts';
import { accentStyleSheet } from './accent.ts';

/** An address that changes with its content, so that it can be kept for good. */
const addressOf = (path: string, content: string | Buffer): string =>
  `${path}?v=${hash('sha256', content, 'hex').slice(0, 12)}`;

const fontPath = '/assets/inter-latin.woff2';
const require = createRequire(import.meta.url);
const font = readFileSync(require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'));

/** The face of the console. Its fallback has the same metrics, so that nothing moves when it arrives. */
const fontFaces = `@font-face {
  font-family: "Inter Variable";
  font-display: swap;
  font-weight: 100 900;
  src: url("${addressOf(fontPath, font)}") format("woff2");
}
@font-face {
  font-family: "Inter Fallback";
  src: local("Arial"), local("Liberation Sans"), local("Helvetica Neue");
  size-adjust: 107.4%;
  ascent-override: 90.2%;
  descent-override: 22.5%;
  line-gap-override: 0%;
}
`;

const styleSheet =
  fontFaces +
  ['tokens.css', 'pages.css', 'sign-in.css', 'account.css', 'consent.css']
    .map((name) => readFileSync(join(packageRoot, 'assets', name), 'utf8'))
    .join('\n');
const path = '/assets/pages.css';

/** Where pages find their style sheet. */
export const styleSheetAddress = addressOf(path, styleSheet);
/** Where pages find their font; asked for at once, since every page needs it. */
export const fontAddress = addressOf(fontPath, font);

const send = (reply: FastifyReply, type: string, content: string | Buffer): FastifyReply =>
  reply.header('cache-control', 'public, max-age=31536000, immutable').type(type).send(content);

/** Serves what the server's own pages need; both listeners call it before they add their routes. */
export function registerPageAssets(app: FastifyInstance): void {
  app.get(path, async (_request, reply) => send(reply, 'text/css; charset=utf-8', styleSheet));
  app.get(fontPath, async (_request, reply) => send(reply, 'font/woff2', font));
  // A colour that somebody else chose becomes a style sheet of ours: pages have no style of their own (strict policy).
  app.get<{ Params: { colour: string } }>('/assets/accent-:colour.css', async (request, reply) => {
    const written = accentStyleSheet(`#${request.params.colour}`);
    return written === undefined ? reply.callNotFound() : send(reply, 'text/css; charset=utf-8', written);
  });
}
