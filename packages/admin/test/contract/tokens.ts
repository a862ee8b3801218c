import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Broken } from './data.ts';
import { Refusal } from './refusal.ts';

/** Claims of a token that passed. */
export type Claims = Record<string, unknown> & { readonly role: 'owner' | 'admin' | 'support' };

type Json = Record<string, unknown>;
const parse = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
const invalid = (reason: string): Refusal =>
  new Refusal('TOKEN_INVALID', 'The token is refused.', { reason });

/** Verifies admin tokens, by code that shares nothing with the library. */
export function createVerifier(issuer: string, service: string, broken: Broken) {
  const keys = new Map<string, string>();
  let readsLeft = 5;
  let wasRead = false;

  async function readKeys(url: string, into: Map<string, string>): Promise<void> {
    const answer = await fetch(url);
    if (!answer.ok) throw new Refusal('UNAVAILABLE', 'No keys', undefined, 503);
    const { keys: listed } = (await answer.json()) as { keys: { kid: string; x: string }[] };
    for (const { kid, x } of listed) into.set(kid, x);
  }

  async function keyOf(kid: string): Promise<string | undefined> {
    const url = `${issuer}/.well-known/jwks.json`;
    if (!wasRead || (broken('keys.issuer_away') && keys.has(kid))) {
      await readKeys(url, keys);
      wasRead = true;
    }
    const mayRead = broken('keys.unknown_flood') || readsLeft > 0;
    if (!keys.has(kid) && mayRead && !broken('keys.rotation')) {
      readsLeft -= 1;
      await readKeys(url, keys);
    }
    return keys.get(kid);
  }

  async function mustBeSigned(header: Json, input: string, signature: Buffer): Promise<void> {
    if (header.alg === 'none' && broken('token.algorithm_none')) return;
    let x = await keyOf(String(header.kid));
    if (header.alg === 'HS256' && broken('token.algorithm_confusion') && x) {
      const mac = createHmac('sha256', Buffer.from(x, 'base64url')).update(input).digest();
      if (mac.equals(signature)) return;
    }
    if (header.alg !== 'EdDSA') throw invalid('algorithm');
    if (broken('token.embedded_key') && header.jwk) x = (header.jwk as { x: string }).x;
    if (broken('token.key_address') && typeof header.jku === 'string') {
      const foreign = new Map<string, string>();
      await readKeys(header.jku, foreign);
      x = foreign.get(String(header.kid));
    }
    if (x === undefined) {
      if (broken('keys.unknown')) return;
      throw invalid('unknown_key');
    }
    if (broken('token.signature') && !header.jwk && !header.jku) return;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (!verify(null, Buffer.from(input), key, signature)) throw invalid('signature');
  }

  function checkTimes({ iat, exp, nbf }: Json): void {
    const now = Math.floor(Date.now() / 1000);
    const skew = broken('token.clock_skew') ? 0 : 30;
    if (typeof iat !== 'number') throw invalid('iat');
    if (typeof exp !== 'number') {
      if (broken('token.expiry_required')) return;
      throw invalid('exp');
    }
    if (exp - iat > 60 && !broken('token.life')) throw invalid('life');
    if (iat > now + skew && !broken('token.issued_in_future')) throw invalid('iat');
    if (typeof nbf === 'number' && nbf > now + skew && !broken('token.not_before')) throw invalid('nbf');
    if (exp <= now - skew && !broken('token.expired')) throw new Refusal('TOKEN_EXPIRED');
  }

  function checkClaims(claims: Json): void {
    if (claims.iss !== issuer && !broken('token.issuer')) throw invalid('issuer');
    if (claims.aud !== service && !broken('token.audience')) throw invalid('audience');
    const { role } = claims;
    if (role === undefined) {
      if (!broken('token.role_required')) throw invalid('role');
    } else if (!['owner', 'admin', 'support'].includes(String(role)) && !broken('token.role'))
      throw invalid('role');
    if (typeof claims.jti !== 'string' && !broken('token.id_required')) throw invalid('jti');
    if (typeof claims.sub !== 'string' && !broken('token.operator_required')) throw invalid('sub');
    if (typeof claims.correlation_id !== 'string' && !broken('token.correlation_required'))
      throw invalid('correlation_id');
  }

  function checkRequest(claims: Json, request: IncomingMessage, body: string): void {
    const sent = request.headers['x-correlation-id'];
    const isOther =
      claims.correlation_id !== undefined && sent !== undefined && sent !== claims.correlation_id;
    if (isOther && !broken('token.correlation_header')) throw invalid('correlation_id');
    if (claims.method !== request.method && !broken('token.method')) throw invalid('method');
    const isCanonical = body === canonical(body);
    if (broken('token.body') && request.method === 'POST' && isCanonical) return;
    if (broken('schema.token_body') && request.method === 'GET') return;
    const digested = broken('token.body_exact') ? canonical(body) : body;
    if (createHash('sha256').update(digested).digest('base64url') !== claims.body_sha256)
      throw invalid('body');
  }

  return async function verifyToken(request: IncomingMessage, body: string): Promise<Claims> {
    const token = carried(request, broken);
    if (token === undefined) throw new Refusal('UNAUTHENTICATED');
    if (token.startsWith('sk_'))
      throw new Refusal(broken('surface.service_key') ? 'UNAUTHENTICATED' : 'WRONG_SURFACE');
    const [head, payload, signature = ''] = token.split('.');
    let header: Json;
    let claims: Json;
    try {
      header = parse(head);
      claims = parse(payload);
    } catch (error) {
      throw broken('token.malformed') ? error : invalid('malformed');
    }
    if (header.typ === 'at+jwt')
      throw broken('surface.user_token') ? invalid('type') : new Refusal('WRONG_SURFACE');
    if (header.typ !== 'castellan-admin+jwt' && !broken('token.type')) throw invalid('type');
    await mustBeSigned(header, `${head}.${payload}`, Buffer.from(signature, 'base64url'));
    checkClaims(claims);
    checkTimes(claims);
    checkRequest(claims, request, body);
    return { ...claims, role: (claims.role ?? 'owner') as Claims['role'] };
  };
}

/** Where the token is: in its header, and nowhere else. */
function carried(request: IncomingMessage, broken: Broken): string | undefined {
  const { authorization, cookie } = request.headers;
  const inAddress = new URL(request.url ?? '/', 'http://x').searchParams.get('access_token');
  if (inAddress && broken('surface.token_in_address')) return inAddress;
  if (cookie && broken('surface.token_in_cookie')) return /access_token=([^;]+)/.exec(cookie)?.[1];
  return authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined;
}

function canonical(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}
