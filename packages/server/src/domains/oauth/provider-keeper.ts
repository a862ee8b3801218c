import type { SignatureAlgorithm } from '@castellan/contract';
import type { JWKS, default as Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';

/** What ID tokens may be signed with. */
const algorithms: readonly SignatureAlgorithm[] = ['EdDSA', 'ES256', 'RS256'];

/** The one provider that answers now. */
export interface ProviderKeeper {
  /** The instance with the keys of this moment; the first call loads the library and makes the keys. */
  current(): Promise<Provider>;
}

/**
 * Keeps a provider whose keys are those that sign now. The library builds its key store once, so a rotation makes a new
 * instance beside the old one and puts it in its place when it stands: requests go on with the one they began with,
 * whose keys are published for an hour longer, and none waits or fails.
 */
export function createProviderKeeper(options: {
  readonly keys: SigningKeys;
  readonly make: (jwks: JWKS) => Promise<Provider>;
  readonly log: Logger;
}): ProviderKeeper {
  const { keys, make, log } = options;
  let running: { readonly provider: Provider; readonly keys: string } | undefined;
  let making: Promise<Provider> | undefined;

  const keysNow = (): string =>
    `${keys.version} ${algorithms.map((algorithm) => keys.current(algorithm).kid).join(' ')}`;

  const build = async (): Promise<Provider> => {
    await keys.ensure(algorithms);
    const made = keysNow();
    const provider = await make(privateKeys(keys));
    running = { provider, keys: made };
    return provider;
  };

  const begin = (): Promise<Provider> => {
    making ??= build().finally(() => {
      making = undefined;
    });
    return making;
  };

  return {
    async current() {
      if (!running) return begin();
      if (running.keys !== keysNow())
        begin().catch((error: unknown) =>
          log.error({ err: error }, 'the provider could not take the new keys'),
        );
      return running.provider;
    },
  };
}

/** The keys with their private parts, those that sign now first: of one algorithm the library signs with the first. */
function privateKeys(keys: SigningKeys): JWKS {
  return {
    keys: keys.published().map((key) => ({
      ...(key.privateKey.export({ format: 'jwk' }) as Record<string, string>),
      kid: key.kid,
      alg: key.algorithm,
      use: 'sig',
    })),
  };
}
