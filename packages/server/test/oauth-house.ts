import { randomBytes } from 'node:crypto';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import * as client from 'openid-client';
import { createBrowserSessions } from '../src/domains/browser-sessions/browser-session.ts';
import type { ClientChanges } from '../src/domains/clients/change-client.ts';
import { createClient } from '../src/domains/clients/change-client.ts';
import { createClientSecret } from '../src/domains/clients/client-secrets.ts';
import type { GivenConsent, Interaction } from '../src/domains/oauth/interactions.ts';
import { systemOrigin } from '../src/platform/activity/event.ts';

/** A person with a browser: cookies, and a hand that answers the pages of the provider. */
export interface OAuthBrowser {
  readonly cookies: Map<string, string>;
  readonly userId: string;
  readonly sessionId: string;
  /** What the provider asked on the way, in order. */
  readonly asked: Interaction[];
  /** One request, with the cookies, not followed. */
  fetch(address: string, init?: RequestInit): Promise<Response>;
  /** Goes through an authorization, answering what is asked, until the browser leaves for the client. */
  authorize(
    address: URL | string,
    answers?: Partial<GivenConsent> & { readonly refuse?: boolean },
  ): Promise<URL>;
  /** Signs in anew: another session in the same browser. */
  signIn(amr?: readonly string[]): Promise<void>;
}

/** A registered client, and the configuration of `openid-client` for it. */
export interface OAuthTestClient {
  readonly rowId: string;
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly redirectUri: string;
  readonly configuration: client.Configuration;
}

/** A platform that listens on a real port at its own public address. */
export interface OAuthHouse extends TestPlatform {
  readonly issuer: string;
  browser(facts?: {
    readonly amr?: readonly string[];
    readonly person?: { id: string; name: string };
  }): Promise<OAuthBrowser>;
  client(
    changes?: ClientChanges & { readonly service?: string; readonly authentication?: client.ClientAuth },
  ): Promise<OAuthTestClient>;
}

const redirectUri = 'https://app.example.com/callback';

/** Starts it. */
export async function createOAuthHouse(
  options: NonNullable<Parameters<typeof createTestPlatform>[0]> = {},
): Promise<OAuthHouse> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const house = await createTestPlatform({
    ...options,
    settings: { PUBLIC_URL: issuer, ...options.settings },
  });
  await house.platform.publicListener.listen({ port, host: 'localhost' });
  const { database, interactions } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  const services = new Map<string, string>();

  const serviceId = async (name: string): Promise<string> => {
    if (!services.has(name)) {
      await house.service(name);
      const [row] = await house.query<{ id: string }>('SELECT id FROM services WHERE name = $1', [name]);
      services.set(name, row!.id);
    }
    return services.get(name)!;
  };

  return {
    ...house,
    issuer,
    async browser(facts = {}) {
      const person = facts.person ?? (await house.person({ name: 'Mara Mole' }));
      const cookies = new Map<string, string>();
      const asked: Interaction[] = [];
      let sessionId = '';
      const header = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const signIn = async (amr: readonly string[] = ['pwd']): Promise<void> => {
        const begun = await database.write(systemOrigin, (tx) =>
          sessions.begin(tx, {
            userId: person.id,
            name: person.name,
            amr,
            method: 'password',
            address: '192.0.2.7',
            userAgent: 'Test browser',
          }),
        );
        sessionId = begun.grantId;
        const [pair = ''] = begun.cookie.split(';');
        const [name = '', value = ''] = pair.split(/=(.*)/s);
        cookies.set(name, value);
      };
      await signIn(facts.amr);

      const browse = async (address: string, init: RequestInit = {}): Promise<Response> => {
        const response = await fetch(address, {
          redirect: 'manual',
          ...init,
          headers: { accept: 'text/html', cookie: header(), ...(init.headers as Record<string, string>) },
        });
        for (const line of response.headers.getSetCookie()) {
          const [pair = ''] = line.split(';');
          const [name = '', value = ''] = pair.split(/=(.*)/s);
          if (value === '') cookies.delete(name);
          else cookies.set(name, value);
        }
        return response;
      };

      return {
        cookies,
        asked,
        userId: person.id,
        get sessionId() {
          return sessionId;
        },
        fetch: browse,
        signIn,
        async authorize(address, answers = {}) {
          let at = String(address);
          for (let steps = 0; steps < 12; steps++) {
            const response = await browse(at);
            const location = response.headers.get('location');
            if (!location)
              throw new Error(`${at} answered ${response.status}: ${(await response.text()).slice(0, 2000)}`);
            at = new URL(location, at).href;
            const url = new URL(at);
            if (url.origin !== issuer) return url;
            const [, uid] = /^\/interaction\/([^/]+)$/.exec(url.pathname) ?? [];
            if (!uid) continue;
            const interaction = await interactions.open(uid, header());
            asked.push(interaction);
            const session = await sessions.read(header());
            if (answers.refuse) at = await interactions.abort(interaction, 'access_denied');
            else if (interaction.prompt === 'consent')
              at = await interactions.finishConsent(
                interaction,
                session!,
                {
                  grantedScopes: answers.grantedScopes ?? interaction.scopes.map(({ name }) => name),
                  workspaceId: answers.workspaceId ?? null,
                },
                { actors: [], address: null, correlationId: null },
              );
            else {
              if (!session || !interactions.isSatisfiedBy(interaction, session))
                await signIn(interaction.acrValues.includes('aal2') ? ['pwd', 'otp', 'mfa'] : ['pwd']);
              at = await interactions.finishLogin(interaction, (await sessions.read(header()))!);
            }
          }
          throw new Error(`${address} leads round and round`);
        },
      };
    },
    async client({ service = 'orders', authentication, ...changes } = {}) {
      const id = await serviceId(service);
      const secretNeeded =
        changes.tokenEndpointAuthMethod === undefined ||
        changes.tokenEndpointAuthMethod.startsWith('client_secret');
      const usesCode = changes.grantTypes === undefined || changes.grantTypes.includes('authorization_code');
      const { rowId, secret } = await database.write(systemOrigin, async (tx) => {
        const made = await createClient(tx, id, {
          redirectUris: usesCode ? [redirectUri] : [],
          skipsConsent: changes.applicationType !== 'native' && secretNeeded,
          ...changes,
          name: changes.name ?? `Client ${randomBytes(3).toString('hex')}`,
        });
        const issued = secretNeeded ? await createClientSecret(tx, id, made) : undefined;
        return { rowId: made, secret: issued?.secret };
      });
      const [row] = await house.query<{ client_id: string }>('SELECT client_id FROM clients WHERE id = $1', [
        rowId,
      ]);
      const clientId = row!.client_id;
      const configuration = await client.discovery(
        new URL(issuer),
        clientId,
        { id_token_signed_response_alg: changes.idTokenSignedResponseAlg ?? 'EdDSA' },
        authentication ?? (secret === undefined ? client.None() : client.ClientSecretBasic(secret)),
        { execute: [client.allowInsecureRequests] },
      );
      return {
        rowId,
        clientId,
        secret,
        redirectUri: changes.redirectUris?.[0] ?? redirectUri,
        configuration,
      };
    },
  };
}

/** What one authorization of a client begins with: its address, and what its callback is checked with. */
export async function beginAuthorization(
  { configuration, redirectUri: address }: OAuthTestClient,
  parameters: Record<string, string> = {},
) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const sent = {
    redirect_uri: address,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  };
  return {
    address: client.buildAuthorizationUrl(configuration, sent),
    parameters: sent,
    checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
  };
}

/** A whole sign-in: authorization, consent where it is asked, and the code exchanged. */
export async function signInWith(
  browser: OAuthBrowser,
  app: OAuthTestClient,
  parameters: Record<string, string> = {},
  answers: Parameters<OAuthBrowser['authorize']>[1] = {},
) {
  const begun = await beginAuthorization(app, parameters);
  const callback = await browser.authorize(begun.address, answers);
  const tokens = await client.authorizationCodeGrant(app.configuration, callback, begun.checks);
  return { tokens, callback, ...begun };
}
