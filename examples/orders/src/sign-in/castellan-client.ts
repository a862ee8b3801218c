import * as oidc from 'openid-client';

/** This product as an OAuth client of Castellan. */
export interface ClientSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people reach this product: `https://orders.example.com`. */
  readonly ownUrl: string;
}

/** What a sign-in has to remember until the browser comes back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
}

/** Castellan said no, or could not be asked; `code` is OAuth's, or `unreachable`. */
export class CastellanSignInError extends Error {
  readonly code: string;
  constructor(code: string, cause: unknown) {
    super(`Castellan answered ${code}`, { cause });
    this.code = code;
  }
}

/** Signs people in by authorization code with PKCE (RFC 6749 §4.1, RFC 7636), as a client that keeps a secret. */
export interface CastellanClient {
  /** Where to send the browser. `again`: Castellan asks anew, for another workspace. */
  begin(options: { readonly again: boolean }): Promise<{ readonly url: string; readonly attempt: Attempt }>;
  /** Turns what the browser came back with into tokens. @throws CastellanSignInError */
  finish(query: string, attempt: Attempt): Promise<Tokens>;
  /** Renews the tokens. @throws CastellanSignInError `invalid_grant` when the sign-in has ended */
  renew(refreshToken: string): Promise<Tokens>;
  /** Ends the sign-in at Castellan (RFC 7009). @throws CastellanSignInError */
  revoke(refreshToken: string): Promise<void>;
}

/** The path that the client is registered with. */
export const callbackPath = '/sign-in/callback';

export function createCastellanClient(settings: ClientSettings): CastellanClient {
  const redirectUri = `${settings.ownUrl}${callbackPath}`;
  let discovered: Promise<oidc.Configuration> | undefined;
  /** Asked at the first sign-in and kept: the product starts also while Castellan is away. */
  const configuration = (): Promise<oidc.Configuration> => {
    discovered ??= discover(settings).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  const tokensOf = (answer: oidc.TokenEndpointResponse, before?: string): Tokens => ({
    accessToken: answer.access_token,
    expiresInSeconds: answer.expires_in ?? 60,
    refreshToken: answer.refresh_token ?? before ?? '',
  });
  return {
    begin: ({ again }) =>
      told(async () => {
        const attempt = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          codeVerifier: oidc.randomPKCECodeVerifier(),
        };
        const url = oidc.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: 'openid profile email',
          state: attempt.state,
          nonce: attempt.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
          code_challenge_method: 'S256',
          ...(again ? { prompt: 'consent' } : {}),
        });
        return { url: url.href, attempt };
      }),
    finish: (query, { state, nonce, codeVerifier }) =>
      told(async () =>
        tokensOf(
          // Also checks `iss` (RFC 9207), so that another provider's answer is not taken for Castellan's.
          await oidc.authorizationCodeGrant(await configuration(), new URL(`${redirectUri}${query}`), {
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: codeVerifier,
            idTokenExpected: true,
          }),
        ),
      ),
    renew: (refreshToken) =>
      told(async () =>
        tokensOf(await oidc.refreshTokenGrant(await configuration(), refreshToken), refreshToken),
      ),
    revoke: (refreshToken) => told(async () => oidc.tokenRevocation(await configuration(), refreshToken)),
  };
}

async function discover({ issuer, clientId, clientSecret }: ClientSettings): Promise<oidc.Configuration> {
  const plain = issuer.startsWith('http:'); // On loopback; the configuration takes no other plain address.
  return oidc.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: 'EdDSA' },
    oidc.ClientSecretBasic(clientSecret),
    { timeout: 5, ...(plain ? { execute: [oidc.allowInsecureRequests] } : {}) },
  );
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError)
      throw new CastellanSignInError(error.error, error);
    if (error instanceof oidc.ClientError) throw new CastellanSignInError('answer_refused', error);
    throw new CastellanSignInError('unreachable', error);
  }
}
