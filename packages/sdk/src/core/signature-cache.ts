import { base64url } from 'jose';
import type { Claims } from './verify.ts';

const capacity = 10_000;

/**
 * Remembers which tokens had a right signature, by their digest, so that a person's next call costs a hash and no
 * curve arithmetic. It says nothing about whether a session is live, and holds no token.
 */
export interface SignatureCache {
  digest(token: string): Promise<string>;
  get(digest: string): Claims | undefined;
  set(digest: string, claims: Claims): void;
}

/** A bounded cache; what was used longest ago leaves first. Only right signatures enter, so garbage can't flush it. */
export function createSignatureCache(size: number = capacity): SignatureCache {
  const held = new Map<string, Claims>();
  const encoder = new TextEncoder();
  return {
    async digest(token) {
      return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(token))));
    },
    get(digest) {
      const claims = held.get(digest);
      if (claims) {
        held.delete(digest);
        held.set(digest, claims);
      }
      return claims;
    },
    set(digest, claims) {
      held.set(digest, claims);
      if (held.size > size) held.delete(held.keys().next().value!);
    },
  };
}
