import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { PublicKeySet } from '@castellan/contract';

/** Members of a JSON Web Key that are the secret itself (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
/** Those of the algorithms that assertions are checked with: ES256 and EdDSA. */
const curves: readonly unknown[] = ['P-256', 'Ed25519'];
const smallestModulusBits = 2048;

/**
 * What is wrong with the keys of a client, in words; `undefined` when nothing is. A private key is refused before
 * anything of it is stored: whoever sent it has to take it for leaked.
 */
export function problemOfKeys({ keys }: PublicKeySet): string | undefined {
  // Documents that others write are read as they are.
  if (!Array.isArray(keys) || keys.some((key: unknown) => typeof key !== 'object' || key === null))
    return 'is no set of keys; give {"keys": […]} with one object for each key';
  if (keys.length === 0) return 'holds no key; give at least one public key';
  for (const [index, key] of keys.entries()) {
    const problem = problemOfKey(key);
    if (problem) return `key ${typeof key.kid === 'string' ? `“${key.kid}”` : index + 1} ${problem}`;
  }
  const ids = keys.map((key) => key.kid).filter((kid) => kid !== undefined);
  if (new Set(ids).size < ids.length) return 'has two keys of the same kid';
  if (keys.length > 1 && ids.length < keys.length)
    return 'has several keys; give each a kid, so that one can be told from another';
  return undefined;
}

function problemOfKey(key: Readonly<Record<string, unknown>>): string | undefined {
  if (key.kty === 'oct')
    return 'is a shared secret; register a public key, or use a client secret that Castellan makes';
  const secret = privateMembers.find((member) => member in key);
  if (secret)
    return `is a private key (it has “${secret}”). Nothing of it was stored; treat it as leaked, make a new pair and register the public half alone`;
  if (key.kid !== undefined && (typeof key.kid !== 'string' || key.kid.length > 200))
    return 'has a kid that is not a text of up to 200 characters';
  if (key.use !== undefined && key.use !== 'sig') return 'is not for signatures (its use is not “sig”)';
  if ((key.kty === 'EC' || key.kty === 'OKP') && !curves.includes(key.crv))
    return 'has a curve that is not taken here; use P-256 or Ed25519';
  if (key.kty !== 'EC' && key.kty !== 'OKP' && key.kty !== 'RSA')
    return 'has a kty that is not taken here; use EC, OKP or RSA';
  try {
    const parsed = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    const bits = parsed.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && bits < smallestModulusBits)
      return `is an RSA key of ${bits} bits; use at least ${smallestModulusBits}`;
  } catch {
    return 'is damaged: its numbers make no public key';
  }
  return undefined;
}
