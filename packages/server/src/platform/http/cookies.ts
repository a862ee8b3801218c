/** How a cookie of the public listener is set. Every one is `HttpOnly`. */
export interface CookieOptions {
  /** `Secure` (RFC 6265 §4.1.2.5); the name then begins with `__Host-` when the path is `/`. */
  readonly secure: boolean;
  /** How long it stays; 0 removes it. */
  readonly maxAgeSeconds: number;
  /** `Lax` unless told: then it also comes along when a link of another site leads here. */
  readonly sameSite?: 'Lax' | 'Strict';
}

/** The name under which a cookie for the whole host is kept: over HTTPS no other host can have set it (RFC 6265bis §4.1.3.2). */
export function hostCookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

/**
 * The value of one cookie, or `undefined`. Of two cookies of one name neither is taken: another host or path may have
 * set one of them.
 *
 * @param header the `Cookie` header of the request
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}

/**
 * A `Set-Cookie` value for the whole host.
 *
 * @param value of characters that need no escaping (RFC 6265 §4.1.1): tokens and base64url
 */
export function writeCookie(name: string, value: string, options: CookieOptions): string {
  const { secure, maxAgeSeconds, sameSite = 'Lax' } = options;
  return `${hostCookieName(name, secure)}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`;
}
