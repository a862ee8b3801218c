import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A cookie whose content only this product can read or write, and no script of any page. */
export interface SealedCookie<T> {
  read(request: FastifyRequest): T | undefined;
  write(reply: FastifyReply, value: T): void;
  clear(reply: FastifyReply): void;
}

export interface CookieOptions {
  readonly name: string;
  /** Below which it comes along; `/sign-in` unless told. */
  readonly path?: string;
  /** From which the key is derived, one for each name. */
  readonly secret: string;
  readonly secure: boolean;
  /** `lax` also comes along when another site leads here, as Castellan does at the end of a sign-in. */
  readonly sameSite: 'Strict' | 'Lax';
  readonly maxAgeSeconds: number;
}

/** AES-256-GCM under a key derived from the secret (RFC 5869), so that any copy of the product can read it. */
export function sealedCookie<T>(options: CookieOptions): SealedCookie<T> {
  const { name, path = '/sign-in', secret, secure, sameSite, maxAgeSeconds } = options;
  const key = Buffer.from(hkdfSync('sha256', secret, '', `orders cookie ${name}`, 32));
  const header = (value: string, seconds: number): string =>
    `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
  const put = (reply: FastifyReply, cookie: string): void => {
    const before = [reply.getHeader('set-cookie') ?? []].flat().map(String);
    reply.header('set-cookie', [...before, cookie]);
  };
  return {
    read(request) {
      const text = new RegExp(`(?:^|; )${name}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1];
      if (text === undefined) return undefined;
      try {
        const bytes = Buffer.from(text, 'base64url');
        const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
        opening.setAuthTag(bytes.subarray(12, 28));
        const plain = Buffer.concat([opening.update(bytes.subarray(28)), opening.final()]);
        const { until, value } = JSON.parse(plain.toString()) as { until: number; value: T };
        return until > Date.now() ? value : undefined;
      } catch {
        return undefined; // Not ours, or of an earlier secret: as good as none.
      }
    },
    write(reply, value) {
      const until = Date.now() + maxAgeSeconds * 1000;
      const nonce = randomBytes(12);
      const sealing = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([sealing.update(JSON.stringify({ until, value })), sealing.final()]);
      const sealed = Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url');
      put(reply, header(sealed, maxAgeSeconds));
    },
    clear: (reply) => put(reply, header('', 0)),
  };
}
