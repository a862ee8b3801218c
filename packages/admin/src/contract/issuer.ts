import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key of the suite's issuer. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The raw public key, base64url. */
  readonly x: string;
}

/** What a token of the suite is made of; each part can be wrong on purpose. A claim that is `undefined` is left out. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
  /** Instead of an Ed25519 signature. */
  readonly sign?: (input: string, key: SigningKey) => string;
}

/** The suite's own issuer: key pairs, a key set on loopback, tokens good and bad. */
export interface Issuer {
  readonly url: string;
  readonly key: SigningKey;
  /** How often the key set was read, and how often a foreign one was. */
  readonly reads: { keySet: number; foreign: number };
  /** While true, the key set is answered with 503. */
  isAway: boolean;
  /** Publishes one more key beside those that are there. */
  publish(key: SigningKey): void;
  /** Where a key set lies that is not the issuer's, with this key in it. */
  foreignKeySet(key: SigningKey): string;
  token(parts: TokenParts): string;
  close(): Promise<void>;
}

/** A new Ed25519 key. */
export function newKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    kid: randomBytes(12).toString('base64url'),
    privateKey,
    x: publicKey.export({ format: 'jwk' }).x as string,
  };
}

/** The public half, as key sets hold it. */
export function toJwk({ kid, x }: SigningKey): Readonly<Record<string, string>> {
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x };
}

/** The digest that `body_sha256` has to be, base64url. */
export function bodyDigest(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Starts the issuer.
 * @param url where it is to be reached, on this machine: `http://127.0.0.1:4455`
 * @throws Error when the address is not of this machine, or is taken
 */
export async function startIssuer(url: string): Promise<Issuer> {
  const address = new URL(url);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(address.hostname) || address.protocol !== 'http:')
    throw new Error(`The suite's issuer is on this machine: http://127.0.0.1:PORT, not ${url}`);
  const key = newKey();
  const published = [key];
  let foreign: SigningKey | undefined;
  const reads = { keySet: 0, foreign: 0 };
  const issuer = { isAway: false };
  const server = createServer((request, response) => {
    const isForeign = request.url === '/foreign/jwks.json';
    if (isForeign) reads.foreign += 1;
    else if (request.url === '/.well-known/jwks.json') reads.keySet += 1;
    else {
      response.writeHead(404).end();
      return;
    }
    if (issuer.isAway) {
      response.writeHead(503).end();
      return;
    }
    const keys = isForeign ? (foreign ? [foreign] : []) : published;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: keys.map(toJwk) }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `${url} is taken. The suite is the issuer itself, instead of the platform: choose a free port for it, and start the product with that as its issuer.`,
              { cause: error },
            )
          : error,
      ),
    );
    server.listen(Number(address.port || 80), address.hostname.replaceAll(/[[\]]/g, ''), resolve);
  });
  // Port 0 is whichever one is free.
  if (address.port === '0') address.port = String((server.address() as AddressInfo).port);
  return {
    url: address.origin,
    key,
    reads,
    get isAway() {
      return issuer.isAway;
    },
    set isAway(value) {
      issuer.isAway = value;
    },
    publish: (one) => void published.push(one),
    foreignKeySet(one) {
      foreign = one;
      return `${address.origin}/foreign/jwks.json`;
    },
    token({ header, claims, key: by = key, sign: signBy = signEd25519 }) {
      const head = { alg: 'EdDSA', typ: 'castellan-admin+jwt', kid: by.kid, ...header };
      const input = `${encode(head)}.${encode(claims)}`;
      return `${input}.${signBy(input, by)}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function signEd25519(input: string, { privateKey }: SigningKey): string {
  return sign(null, Buffer.from(input), privateKey).toString('base64url');
}
