import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The prefixes by which scanners and people recognise a token. */
export type TokenPrefix =
  | 'crt_'
  | 'cbs_'
  | 'sk_'
  | 'cs_'
  | 'mfa_'
  | 'amf_'
  | 'inv_'
  | 'lnk_'
  | 'rst_'
  | 'reg_'
  | 'imt_'
  | 'set_';

const bodyLength = 43; // 32 bytes in base64url
const checksumLength = 6; // CRC-32 in base64url

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}

/** Writes 32 bytes as a token: prefix, base64url, checksum. */
export function writeToken(prefix: TokenPrefix, bytes: Buffer): string {
  const text = prefix + bytes.toString('base64url');
  return text + checksum(text);
}

/** A new random token. */
export function newToken(prefix: TokenPrefix): string {
  return writeToken(prefix, randomBytes(32));
}

/** Whether a text can be a token of this kind; a typo is refused here, without a look-up. */
export function looksLikeToken(prefix: TokenPrefix, text: string): boolean {
  if (!text.startsWith(prefix) || text.length !== prefix.length + bodyLength + checksumLength) return false;
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength);
}

/**
 * What is stored instead of a token. Tokens hold 256 random bits, so one SHA-256 is enough, and a look-up
 * by digest gives no timing signal about the token.
 */
export function tokenDigest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** The beginning of a token, to recognise it by. */
export function visiblePrefix(token: string): string {
  return `${token.slice(0, 10)}…`;
}
