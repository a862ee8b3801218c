import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { followUntilElsewhere } from './follow-redirects.ts';
import { endServer, listenOnLoopback } from './open-id-provider.ts';

/** What the next ID token says or how it is signed, where that is to be wrong. */
export interface Misbehaviour {
  /** Claims that replace the usual ones; `undefined` takes one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signs with a key that is not published. */
  readonly foreignKey?: boolean;
  /** Changes the payload after it was signed. */
  readonly changedAfterwards?: boolean;
  /** Header `alg: none` and no signature. */
  readonly unsigned?: boolean;
  /** The `iss` parameter of the answer (RFC 9207); Microsoft sends none. */
  readonly issParameter?: string;
  /** What the description names as the authorization endpoint. */
  readonly authorizationEndpoint?: string;
  /** Status of the token endpoint. */
  readonly tokenStatus?: number;
}

/** A directory that answers as Microsoft Entra ID does: tenants in the path, `tid` in tokens, no `email_verified`. */
export interface EntraDirectory {
  /** What stands for `https://login.microsoftonline.com`. */
  readonly authority: string;
  readonly tenant: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Says who is signed in there, by the claims of their ID token. */
  signIn(claims: Readonly<Record<string, unknown>> & { readonly sub: string }): void;
  /** What goes wrong from now on; nothing, when called without. */
  misbehave(misbehaviour?: Misbehaviour): void;
  visit(authorizationAddress: string): Promise<string>;
  stop(): Promise<void>;
}

interface PendingCode {
  readonly nonce: string | null;
  readonly challenge: string | null;
  readonly redirectUri: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/**
 * Starts a directory on loopback that speaks as Microsoft Entra ID does and signs its own tokens. It checks what a client
 * sends (secret, redirect address, PKCE), and can be told to answer wrongly.
 */
export async function startEntraDirectory(): Promise<EntraDirectory> {
  const tenant = randomUUID();
  const clientId = randomUUID();
  const clientSecret = randomBytes(24).toString('base64url');
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, PendingCode>();
  let person: (Readonly<Record<string, unknown>> & { readonly sub: string }) | undefined;
  let wrong: Misbehaviour = {};
  let authority = '';
  const issuer = () => `${authority}/${tenant}/v2.0`;

  const idToken = (code: PendingCode): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: issuer(), aud: clientId, iat: now, nbf: now, exp: now + 3600, tid: tenant, ver: '2.0' },
      ...(code.nonce === null ? {} : { nonce: code.nonce }),
      ...code.claims,
      ...wrong.claims,
    };
    const header = wrong.unsigned ? { alg: 'none' } : { alg: 'RS256', typ: 'JWT', kid: 'own' };
    const signed = `${encode(header)}.${encode(claims)}`;
    if (wrong.unsigned) return `${signed}.`;
    const key = wrong.foreignKey ? foreign.privateKey : own.privateKey;
    const signature = sign('sha256', Buffer.from(signed), key).toString('base64url');
    return wrong.changedAfterwards
      ? `${encode(header)}.${encode({ ...claims, sub: 'somebody-else' })}.${signature}`
      : `${signed}.${signature}`;
  };

  const authorize = (query: URLSearchParams, response: ServerResponse): void => {
    if (query.get('client_id') !== clientId || !query.get('scope')?.includes('openid')) {
      sendJson(response, 400, { error: 'invalid_request' });
      return;
    }
    const back = new URL(query.get('redirect_uri')!);
    back.searchParams.set('state', query.get('state') ?? '');
    if (person) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, {
        nonce: query.get('nonce'),
        challenge: query.get('code_challenge_method') === 'S256' ? query.get('code_challenge') : null,
        redirectUri: query.get('redirect_uri'),
        claims: person,
      });
      back.searchParams.set('code', code);
      back.searchParams.set('session_state', randomUUID());
    } else back.searchParams.set('error', 'access_denied');
    if (wrong.issParameter) back.searchParams.set('iss', wrong.issParameter);
    response.writeHead(302, { location: back.href }).end();
  };

  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readForm(request);
    if (wrong.tokenStatus) return sendJson(response, wrong.tokenStatus, { error: 'server_error' });
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      return sendJson(response, 401, { error: 'invalid_client' });
    if (!code || code.challenge !== verifier || code.redirectUri !== form.get('redirect_uri'))
      return sendJson(response, 400, { error: 'invalid_grant' });
    sendJson(response, 200, {
      token_type: 'Bearer',
      access_token: randomBytes(24).toString('base64url'),
      expires_in: 3600,
      id_token: idToken(code),
    });
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, authority);
    if (pathname === `/${tenant}/v2.0/.well-known/openid-configuration`)
      return sendJson(response, 200, {
        issuer: issuer(),
        authorization_endpoint: wrong.authorizationEndpoint ?? `${authority}/${tenant}/oauth2/v2.0/authorize`,
        token_endpoint: `${authority}/${tenant}/oauth2/v2.0/token`,
        jwks_uri: `${authority}/${tenant}/discovery/v2.0/keys`,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        response_types_supported: ['code'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (pathname === `/${tenant}/discovery/v2.0/keys`)
      return sendJson(response, 200, {
        keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig' }],
      });
    if (pathname === `/${tenant}/oauth2/v2.0/authorize`) return authorize(searchParams, response);
    if (pathname === `/${tenant}/oauth2/v2.0/token`) return void token(request, response);
    sendJson(response, 404, { error: 'not_found' });
  });
  authority = await listenOnLoopback(server);
  return {
    authority,
    tenant,
    issuer: issuer(),
    clientId,
    clientSecret,
    signIn: (claims) => {
      person = claims;
    },
    misbehave: (misbehaviour = {}) => {
      wrong = misbehaviour;
    },
    visit: followUntilElsewhere,
    stop: () => endServer(server),
  };
}
