import { timingSafeEqual } from 'node:crypto';
import type { Configuration, default as Provider } from 'oidc-provider';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { readPresentedToken, type TokenToIssue, writeAccessToken } from './access-tokens.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { ProviderLibrary } from './provider-library.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import { requireScope } from './request-scope.ts';

/** What a provider instance is made from. */
export interface ProviderParts {
  readonly library: ProviderLibrary;
  readonly configuration: Configuration;
  readonly issuer: string;
  readonly jwts: Jwts;
  readonly artifacts: ArtifactStore;
  readonly refreshTokens: RefreshTokens;
  readonly noteSecretUse: (secretId: string) => void;
  readonly isRevoked: (jti: string) => Promise<boolean>;
}

/** The parts of the library's models that are replaced; its types tell of them as methods that nobody sets. */
interface Models {
  readonly AccessToken: {
    prototype: { getValueAndPayload(this: TokenToIssue): Promise<{ value: string }> };
    find(value: unknown): Promise<unknown>;
    new (payload: object): object;
  };
  readonly ClientCredentials: {
    prototype: { getValueAndPayload(this: TokenToIssue): Promise<{ value: string }> };
  };
  readonly RefreshToken: { prototype: { generateTokenId(): string } };
  readonly ReplayDetection: { unique(issuer: string, jti: string, expires: number): Promise<boolean> };
  readonly Session: { prototype: { resetIdentifier(): void; save(): Promise<string> } };
  readonly Client: {
    prototype: { compareClientSecret(this: { clientId: string }, secret: string): Promise<boolean> };
  };
}

/** Makes one provider instance: the library, with our tokens, our secrets and our idea of what is used once. */
export function createProvider(parts: ProviderParts): Provider {
  const { library, issuer, jwts, artifacts, refreshTokens, noteSecretUse, isRevoked } = parts;
  const provider = new library.Provider(issuer, parts.configuration);
  // What the request looked like outside is told by us, in the headers that proxies use.
  provider.proxy = true;
  const models = provider as unknown as Models;
  // Told of in the discovery document and taken in registrations; the route answers it before the library is asked.
  provider.registerGrantType('urn:ietf:params:oauth:grant-type:token-exchange', async () => {
    throw new library.errors.UnsupportedGrantType();
  });

  const writeToken = async function (this: TokenToIssue) {
    return { value: await writeAccessToken({ jwts, issuer }, this) };
  };
  models.AccessToken.prototype.getValueAndPayload = writeToken;
  models.ClientCredentials.prototype.getValueAndPayload = writeToken;
  models.AccessToken.find = async (value) => {
    if (typeof value !== 'string') return undefined;
    const presented = await readPresentedToken({ jwts, issuer, isRevoked }, value);
    return presented && new models.AccessToken(presented);
  };
  models.RefreshToken.prototype.generateTokenId = () => refreshTokens.next();
  // One statement instead of a look and a write: of two proofs at once only one is new.
  models.ReplayDetection.unique = (by, jti, expires) =>
    artifacts.useOnce(`${by} ${jti}`, expires - Math.floor(Date.now() / 1000));
  // The browser session is ours: the provider neither renames nor stores it.
  models.Session.prototype.resetIdentifier = () => {};
  models.Session.prototype.save = async () => '';
  models.Client.prototype.compareClientSecret = async function (secret) {
    const digest = tokenDigest(secret);
    const held = requireScope().clients.get(this.clientId)?.secrets ?? [];
    const match = held.filter((candidate) => timingSafeEqual(candidate.digest, digest))[0];
    if (match) noteSecretUse(match.id);
    return match !== undefined;
  };
  return provider;
}
