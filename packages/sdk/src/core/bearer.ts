/** What carries a request's headers: a web `Request`, or anything with `headers` as Node or a framework has them. */
export interface RequestLike {
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The bearer token of a request: absent, unusable, or the token as it was sent (RFC 6750 §2.1). */
export type BearerToken =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'token'; readonly token: string };

/** Reads `Authorization: Bearer …`. Tokens in the query string or a form are not looked at (RFC 9700 §4.3.2). */
export function readBearerToken(request: RequestLike): BearerToken {
  const value = readAuthorization(request.headers);
  if (value === undefined) return { kind: 'absent' };
  const [, scheme, rest] = /^([^\s]+)(?: +(.*))?$/.exec(value.trim()) ?? [];
  if (scheme?.toLowerCase() !== 'bearer') return { kind: 'absent' };
  const token = rest?.trim() ?? '';
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(token) ? { kind: 'token', token } : { kind: 'unusable' };
}

function readAuthorization(headers: RequestLike['headers']): string | undefined {
  if (headers instanceof Headers) return headers.get('authorization') ?? undefined;
  const name = Object.hasOwn(headers, 'authorization')
    ? 'authorization'
    : Object.keys(headers).find((one) => one.toLowerCase() === 'authorization');
  const value = name === undefined ? undefined : headers[name];
  // Two credentials would leave it open which one counts.
  return typeof value === 'string' ? value : value?.length === 1 ? value[0] : value?.join(', ');
}
