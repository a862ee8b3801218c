import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { AdminTokenClaims, adminTokenType } from '@castellan/contract';
import { type CustomHandler, productActions } from './product-actions.ts';
import { documentOf, type TestModel } from './product-model.ts';
import { openTables, Refused } from './product-tables.ts';

/** How the product behaves now, for states that a console has to bear. */
export type Mood = 'well' | 'nonsense' | 'older' | 'slow';

/**
 * A product on loopback that answers the admin-machine wire out of a SQLite database in memory, after checking each token.
 *
 * @param options.keys the platform's JWKS
 */
export async function startTestProduct(options: {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: () => Promise<{ keys: (JsonWebKey & { kid?: string })[] }>;
  readonly models: readonly TestModel[];
  readonly custom?: Readonly<Record<string, CustomHandler>>;
  readonly canImpersonate?: boolean;
}) {
  const tables = openTables(options.models);
  const answer = productActions(tables, options.custom);
  let mood: Mood = 'well';
  let slowMs = 0;
  let calls = 0;

  const verified = async (request: IncomingMessage, body: string): Promise<AdminTokenClaims> => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const [head = '', claims = '', signature = ''] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString() || '{}');
    const jwk = (await options.keys()).keys.find(({ kid }) => kid === header.kid);
    const holds =
      jwk &&
      header.alg === 'EdDSA' &&
      header.typ === adminTokenType &&
      verify(
        null,
        Buffer.from(`${head}.${claims}`),
        createPublicKey({ key: jwk, format: 'jwk' }),
        Buffer.from(signature, 'base64url'),
      );
    const parsed = AdminTokenClaims.safeParse(
      holds ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined,
    );
    if (!parsed.success) throw new Refused(401, 'TOKEN_INVALID', 'This token is not the platform’s');
    const { iss, aud, exp, iat, method, body_sha256 } = parsed.data;
    const digest = createHash('sha256').update(body).digest('base64url');
    const now = Date.now() / 1000;
    if (
      iss !== options.issuer ||
      aud !== options.audience ||
      method !== request.method ||
      body_sha256 !== digest ||
      exp < now - 30 ||
      exp - iat > 60
    )
      throw new Refused(401, 'TOKEN_INVALID', 'This token is for something else');
    return parsed.data;
  };
  const document = () => {
    const today = documentOf(options.audience, options.models, options.canImpersonate ?? false);
    return mood === 'older' ? { ...today, version: 0 } : today;
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString();
      const say = (status: number, content: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
      try {
        const claims = await verified(request, body);
        calls++;
        if (slowMs > 0 && request.method === 'POST')
          await new Promise((resolve) => setTimeout(resolve, slowMs));
        if (mood === 'nonsense')
          return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>');
        say(200, { data: request.method === 'GET' ? document() : answer(claims, body) });
      } catch (error) {
        if (error instanceof Refused)
          say(error.status, {
            error: { code: error.code, message: error.message, request_id: 'r', ...error.more },
          });
        else say(500, { error: { code: 'INTERNAL', message: String(error), request_id: 'r' } });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    db: tables.db,
    /** Changes how it behaves, and how long it takes to answer what is not its document. */
    feel(next: Mood, delayMs = 0) {
      mood = next;
      slowMs = delayMs;
    },
    /** How often it was called, by whomever it was meant to be. */
    calls: () => calls,
    /** Goes down, for good. */
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
