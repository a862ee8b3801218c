import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { followUntilElsewhere } from './follow-redirects.ts';
import { endServer, listenOnLoopback } from './open-id-provider.ts';

/** Somebody's account at the site. */
export interface GitHubAccount {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly emails: readonly {
    readonly email: string;
    readonly primary: boolean;
    readonly verified: boolean;
  }[];
}

/** A site that speaks GitHub's dialect of OAuth, as an Enterprise Server does: the API is beneath `/api/v3`. */
export interface GitHubSite {
  readonly address: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Says who is signed in there; `undefined` is somebody who presses "cancel". */
  signIn(account: GitHubAccount | undefined): void;
  visit(authorizationAddress: string): Promise<string>;
  stop(): Promise<void>;
}

interface PendingCode {
  readonly account: GitHubAccount;
  readonly challenge: string | null;
  readonly redirectUri: string;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}

/**
 * Starts a site on loopback with GitHub's ways: no discovery, no ID token, errors of the token endpoint with status 200, scopes
 * with commas, and an API that wants a `User-Agent`.
 */
export async function startGitHubSite(): Promise<GitHubSite> {
  const clientId = `Iv1.${randomBytes(8).toString('hex')}`;
  const clientSecret = randomBytes(20).toString('hex');
  const codes = new Map<string, PendingCode>();
  const tokens = new Map<string, GitHubAccount>();
  let person: GitHubAccount | undefined;
  let address = '';

  const authorize = (query: URLSearchParams, response: ServerResponse): void => {
    const redirectUri = query.get('redirect_uri')!;
    const back = new URL(redirectUri);
    if (person) {
      const code = randomBytes(10).toString('hex');
      codes.set(code, { account: person, challenge: query.get('code_challenge'), redirectUri });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user has denied your application access.');
    }
    back.searchParams.set('state', query.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  };

  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readForm(request);
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      return sendJson(response, 200, { error: 'incorrect_client_credentials' });
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== verifier || form.get('redirect_uri') !== code.redirectUri)
      return sendJson(response, 200, {
        error: 'bad_verification_code',
        error_description: 'The code is incorrect.',
      });
    const accessToken = `gho_${randomBytes(18).toString('hex')}`;
    tokens.set(accessToken, code.account);
    sendJson(response, 200, {
      access_token: accessToken,
      scope: 'read:user,user:email',
      token_type: 'bearer',
    });
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, address);
    if (pathname === '/login/oauth/authorize') return authorize(searchParams, response);
    if (pathname === '/login/oauth/access_token') return void token(request, response);
    if (!pathname.startsWith('/api/v3/')) return sendJson(response, 404, { message: 'Not Found' });
    if (!request.headers['user-agent'])
      return sendJson(response, 403, { message: 'Request forbidden by administrative rules.' });
    if (pathname === '/api/v3/meta') return sendJson(response, 200, {});
    const account = tokens.get(request.headers.authorization?.replace(/^Bearer /i, '') ?? '');
    if (!account) return sendJson(response, 401, { message: 'Bad credentials' });
    const { emails, ...user } = account;
    if (pathname === '/api/v3/user') return sendJson(response, 200, { ...user, email: null });
    if (pathname === '/api/v3/user/emails')
      return sendJson(
        response,
        200,
        emails.map((one) => ({ ...one, visibility: 'private' })),
      );
    sendJson(response, 404, { message: 'Not Found' });
  });
  address = await listenOnLoopback(server);
  return {
    address,
    clientId,
    clientSecret,
    signIn: (account) => {
      person = account;
    },
    visit: followUntilElsewhere,
    stop: () => endServer(server),
  };
}
