import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Provider } from 'oidc-provider';
import { followUntilElsewhere } from './follow-redirects.ts';

/** Somebody who has an account at the provider. */
export interface ProviderUser {
  readonly sub: string;
  readonly email?: string;
  /** Left out, the provider says nothing of it. */
  readonly emailVerified?: boolean;
  readonly name?: string;
}

/** An OpenID provider of its own, with its own people, on loopback. */
export interface TestOpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Says who sits at the browser from now on; `undefined` is somebody who presses "cancel". */
  signIn(sub: string | undefined): void;
  /** Changes what the provider knows of somebody, or adds them. */
  setUser(user: ProviderUser): void;
  /**
   * Plays the browser: from the address that Castellan redirected to, to the one that the provider sends back to.
   * @throws when the provider shows a page instead
   */
  visit(authorizationAddress: string): Promise<string>;
  /** Answers nothing from now on, or again. */
  setDown(down: boolean): void;
  stop(): Promise<void>;
}

/** How a provider is begun. */
export interface OpenIdProviderOptions {
  readonly users: readonly ProviderUser[];
  /** Where it may send people back to, exactly. */
  readonly redirectUris: readonly string[];
  /** Further settings of oidc-provider. */
  readonly configuration?: Configuration;
}

/** Listens on a free port of loopback. */
export async function listenOnLoopback(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends a server with the connections that it has. */
export async function endServer(server: Server): Promise<void> {
  const ended = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  await ended;
}

/**
 * Starts a certified OpenID provider (oidc-provider) with users of its own, for whatever signs in at other providers.
 * Its pages are decided at once: whoever `signIn` names is signed in and agrees.
 *
 * @example
 * const provider = await startOpenIdProvider({ users: [{ sub: 'ada', email: 'ada@example.com' }], redirectUris });
 * provider.signIn('ada');
 * const callback = await provider.visit(location);
 */
export async function startOpenIdProvider(options: OpenIdProviderOptions): Promise<TestOpenIdProvider> {
  const users = new Map(options.users.map((user) => [user.sub, user]));
  let atTheBrowser: string | undefined;
  let down = false;
  const clientId = 'castellan';
  const clientSecret = randomBytes(24).toString('base64url');
  let answer: (...exchange: Parameters<ReturnType<Provider['callback']>>) => void = () => {};
  const server = createServer((request, response) => {
    if (down) request.socket.destroy();
    else answer(request, response);
  });
  const issuer = await listenOnLoopback(server);

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [...options.redirectUris],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => {
      const user = users.get(sub);
      if (!user) return undefined;
      const { email, emailVerified, name } = user;
      return {
        accountId: sub,
        claims: () => ({
          sub,
          ...(email === undefined ? {} : { email }),
          ...(emailVerified === undefined ? {} : { email_verified: emailVerified }),
          ...(name === undefined ? {} : { name }),
        }),
      };
    },
    ...options.configuration,
  });
  const main = provider.callback();
  const decide = async (...[request, response]: Parameters<typeof main>): Promise<void> => {
    const { prompt, session, params, grantId } = await provider.interactionDetails(request, response);
    if (atTheBrowser === undefined)
      return provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'the person pressed cancel',
      });
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: atTheBrowser } });
    const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant =
      found ?? new provider.Grant({ accountId: session!.accountId, clientId: String(params.client_id) });
    grant.addOIDCScope(String(params.scope));
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };
  answer = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void main(request, response);
    decide(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  };

  return {
    issuer,
    clientId,
    clientSecret,
    signIn: (sub) => {
      atTheBrowser = sub;
    },
    setUser: (user) => void users.set(user.sub, user),
    visit: followUntilElsewhere,
    setDown: (isDown) => {
      down = isDown;
    },
    stop: () => endServer(server),
  };
}
