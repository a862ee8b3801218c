import * as openid from 'openid-client';
import { FederationProblem } from './federation-problem.ts';
import { type Dialect, type ProviderRecord, secretAuthentication, useFetch } from './provider-client.ts';

/** Where GitHub's API is: apart from its site at github.com, beneath it on an Enterprise Server. */
function apiOf(site: string): string {
  const base = site.replace(/\/+$/, '');
  return base === 'https://github.com' ? 'https://api.github.com' : `${base}/api/v3`;
}

interface GitHubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
}

/** Reads one document of the API in the name of the person. */
async function read<T>(
  provider: ProviderRecord,
  configuration: openid.Configuration,
  accessToken: string,
  path: string,
): Promise<T> {
  const response = await openid.fetchProtectedResource(
    configuration,
    accessToken,
    new URL(`${apiOf(provider.issuer)}${path}`),
    'GET',
    undefined,
    new Headers({ accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }),
  );
  if (response.status === 200) return (await response.json()) as T;
  throw new FederationProblem(response.status >= 500 ? 'provider_unavailable' : 'answer_refused', {
    provider: provider.name,
    detail: `GitHub answered ${path} with ${response.status}`,
  });
}

/**
 * GitHub's own dialect of OAuth 2.0: no discovery and no ID token; who came is asked of its API. A person is known by
 * the number of their account, since names there are given up and taken by others.
 */
export const gitHubDialect: Dialect = {
  async configure(provider, secret, fetch) {
    const site = provider.issuer.replace(/\/+$/, '');
    const configuration = new openid.Configuration(
      {
        issuer: `${site}/login/oauth`,
        authorization_endpoint: `${site}/login/oauth/authorize`,
        token_endpoint: `${site}/login/oauth/access_token`,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        code_challenge_methods_supported: ['S256'],
      },
      provider.clientId,
      { client_secret: secret },
      secretAuthentication(secret),
    );
    useFetch(configuration, fetch, site);
    return configuration;
  },
  async probe(provider, _secret, fetch) {
    const { status } = await fetch(`${apiOf(provider.issuer)}/meta`);
    if (status >= 500) throw new Error(`GitHub's API answered with ${status}`);
  },
  requestParameters: ({ loginHint, again }) => ({
    allow_signup: 'false',
    ...(loginHint ? { login: loginHint } : {}),
    ...(again ? { prompt: 'select_account' } : {}),
  }),
  async redeem(provider, configuration, callback, { state, codeVerifier }) {
    const tokens = await openid.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      pkceCodeVerifier: codeVerifier,
    });
    const user = await read<{ id?: unknown; login?: unknown; name?: unknown }>(
      provider,
      configuration,
      tokens.access_token,
      '/user',
    );
    if (typeof user.id !== 'number' || !Number.isSafeInteger(user.id))
      throw new FederationProblem('answer_refused', { provider: provider.name, detail: '/user has no id' });
    const emails = await read<readonly GitHubEmail[]>(
      provider,
      configuration,
      tokens.access_token,
      '/user/emails?per_page=100',
    );
    const primary = emails.find((one) => one.primary === true);
    return {
      subject: String(user.id),
      email: primary?.email.toLowerCase(),
      emailVerified: primary?.verified === true,
      name: typeof user.name === 'string' && user.name.trim() !== '' ? user.name : undefined,
      shownAs: typeof user.login === 'string' ? user.login : undefined,
      // GitHub tells it nowhere.
      authTime: undefined,
    };
  },
};
