import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto';

/** Seals short texts, so that only whoever has the key can read or make them, and each only where it belongs. */
export interface Sealer {
  /** @param purpose what it belongs to: it opens with the very same only */
  seal(purpose: string, text: string): string;
  /** `undefined` for whatever was not sealed by this key for this purpose, word for word. */
  open(purpose: string, sealed: string): string | undefined;
}

const algorithm = 'aes-256-gcm';
const version = 1;
const versionByte = Buffer.of(version);
const nonceBytes = 12;
const tagBytes = 16;

/**
 * A sealer of AES-256-GCM with a random nonce for each text (NIST SP 800-38D).
 *
 * @param secret 32 random bytes or more, the same in every process that answers for one product, so that each can go on where
 *   another stopped; the key is derived from it
 * @throws RangeError when it is shorter
 */
export function createSealer(secret: Uint8Array): Sealer {
  if (secret.byteLength < 32) throw new RangeError('A sealer needs a secret of at least 32 bytes');
  // Made once: a key of bytes would be made into one for every cursor, which takes longer than sealing it.
  const key = createSecretKey(
    Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), 'castellan admin cursor', 32)),
  );
  const nonces = new Nonces();
  return {
    seal(purpose, text) {
      const nonce = nonces.next();
      const cipher = createCipheriv(algorithm, key, nonce);
      cipher.setAAD(Buffer.from(purpose));
      // A stream cipher: nothing is left for the end.
      const sealed = cipher.update(text, 'utf8');
      cipher.final();
      return Buffer.concat([versionByte, nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(purpose, sealed) {
      if (!/^[\w-]+$/.test(sealed)) return undefined;
      const bytes = Buffer.from(sealed, 'base64url');
      // The last character of base64 has bits to spare: only one way of writing them is ours.
      if (
        bytes[0] !== version ||
        bytes.length < 1 + nonceBytes + tagBytes ||
        bytes.toString('base64url') !== sealed
      )
        return undefined;
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(1, 1 + nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        const text = decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes), undefined, 'utf8');
        return text + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Random nonces, each of which is given once. Many are made together: asking the system for one takes half as long as sealing. */
class Nonces {
  readonly #bytes = Buffer.alloc(nonceBytes * 256);
  #used = this.#bytes.length;

  /** To be used before the next one is asked for. */
  next(): Buffer {
    if (this.#used === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#used = 0;
    }
    this.#used += nonceBytes;
    return this.#bytes.subarray(this.#used - nonceBytes, this.#used);
  }
}
