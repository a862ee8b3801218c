import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

type Purpose =
  | 'signing-keys'
  | 'cursors'
  | 'refresh-successors'
  | 'one-time-links'
  | 'totp-secrets'
  | 'federation'
  | 'oauth-artifacts';

/** Keys derived from the one configured secret, one per purpose (HKDF, RFC 5869). */
export interface Vault {
  /** Encrypts with AES-256-GCM; `context` is bound and must be given again to open. */
  seal(purpose: Purpose, plain: Buffer, context: string): Buffer;
  /** Opens what {@link Vault.seal} made; throws when it was changed or the context differs. */
  open(purpose: Purpose, sealed: Buffer, context: string): Buffer;
  /** 32 bytes that only this platform can derive from `input`. */
  derive(purpose: Purpose, input: string | Buffer): Buffer;
}

/** @param secret at least 32 bytes of randomness; the same on every replica, for as long as the database lives */
export function createVault(secret: Buffer): Vault {
  // Key objects and not bytes: an HMAC that is given bytes sets its key up anew each time, which takes five times as long.
  const keys = new Map<Purpose, KeyObject>();
  const keyFor = (purpose: Purpose): KeyObject => {
    let key = keys.get(purpose);
    if (!key) {
      key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'castellan', purpose, 32)));
      keys.set(purpose, key);
    }
    return key;
  };
  return {
    seal(purpose, plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(purpose, sealed, context) {
      // Node would take a tag that was cut to four bytes as well, which can be guessed.
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), sealed.subarray(0, 12), {
        authTagLength: 16,
      });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
    derive: (purpose, input) => createHmac('sha256', keyFor(purpose)).update(input).digest(),
  };
}
