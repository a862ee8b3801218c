import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SignatureAlgorithm } from '@castellan/contract';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** What the stand-in answers to a session check, by token. */
export type Liveness = (token: string) => Record<string, unknown>;

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly tokens: readonly string[];
}

/** A signing key of the stand-in. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export const serviceKey = 'sk_orders_0123456789abcdef';

/** A new key with its public half as the platform publishes it. */
export async function createSigningKey(
  kid: string = randomUUID(),
  alg: SignatureAlgorithm = 'EdDSA',
): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg } };
}

/** Listens on loopback and speaks as much of the platform's protocol as the SDK uses, with real keys. */
export class StandInIssuer {
  readonly arrived: Arrived[] = [];
  readonly key: SigningKey;
  published: JWK[];
  liveness: Liveness = liveAs();
  /** Runs before each answer; return true when it has answered (or means never to). */
  intercept: (request: Arrived, response: ServerResponse) => boolean | Promise<boolean> = () => false;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(key: SigningKey) {
    this.key = key;
    this.published = [key.publicJwk];
  }

  static async start(): Promise<StandInIssuer> {
    const issuer = new StandInIssuer(await createSigningKey());
    await issuer.listen(0);
    return issuer;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get checks(): readonly Arrived[] {
    return this.arrived.filter(({ path }) => path === '/v1/sessions/check');
  }

  get keyReads(): number {
    return this.arrived.filter(({ path }) => path === '/.well-known/jwks.json').length;
  }

  /** An access token as the platform makes them; anything can be put otherwise. */
  async token(
    claims: JWTPayload = {},
    header: Record<string, unknown> = {},
    key: SigningKey = this.key,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: this.address,
      aud: 'orders',
      sub: '01890000-0000-7000-8000-000000000001',
      sid: '01890000-0000-7000-8000-0000000000aa',
      wid: '01890000-0000-7000-8000-0000000000ff',
      wrole: 'editor',
      email: 'ada@example.com',
      name: 'Ada',
      iat: now,
      exp: now + 900,
      jti: randomUUID(),
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: key.publicJwk.alg!, typ: 'at+jwt', kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const tokens: string[] = text === '' ? [] : (JSON.parse(text).tokens ?? []);
    const arrived = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      tokens,
    };
    this.arrived.push(arrived);
    if (await this.intercept(arrived, response)) return;
    if (arrived.path === '/.well-known/jwks.json') return send(response, 200, { keys: this.published });
    if (arrived.path !== '/v1/sessions/check') return send(response, 404, {});
    if (arrived.authorization !== `Bearer ${serviceKey}`) return send(response, 401, {});
    return send(response, 200, { results: tokens.map((token) => this.liveness(token)) });
  }
}

/** Sends JSON. */
export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers that whoever the token names is live, with the role given. */
export function liveAs(role: string | undefined = 'editor'): Liveness {
  return (token) => {
    const { sub, sid, wid, aud, email, name } = JSON.parse(
      Buffer.from(token.split('.')[1]!, 'base64url').toString(),
    );
    return {
      active: true,
      kind: 'user',
      user_id: sub,
      email,
      name,
      session_id: sid,
      service: aud,
      ...(wid
        ? { workspace_id: wid, workspace_slug: 'acme', ...(role ? { workspace_role: role } : {}) }
        : {}),
      expires_at: new Date(Date.now() + 900_000).toISOString(),
    };
  };
}
