import type { Configuration } from 'openid-client';
import { createGuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { gitHubDialect } from './git-hub-dialect.ts';
import { openIdDialect } from './open-id-dialect.ts';
import { asFederationProblem, type Dialect, type ProviderRecord } from './provider-client.ts';
import { openSecret } from './providers.ts';

/** Descriptions are asked for again after this time, in case endpoints moved; keys are followed by the library. */
const freshMs = 60 * 60 * 1000;
/** Key sets and descriptions of large providers are larger than what strangers may send us. */
const maxBytes = 256 * 1024;

/** What speaks to the providers. */
export interface ProviderConfigurations {
  /** How a provider is spoken to. */
  dialectOf(provider: ProviderRecord): Dialect;
  /**
   * A provider's endpoints and keys, asked for when they are first needed.
   * @throws FederationProblem `provider_unavailable` or `answer_refused`
   */
  of(provider: ProviderRecord): Promise<Configuration>;
  /** Asks the provider now, whatever is held. @throws FederationProblem as {@link ProviderConfigurations.of} */
  probe(provider: ProviderRecord): Promise<void>;
}

/** @param options.allow the setting OUTBOUND_ALLOW: providers inside are reached where it names them */
export function createProviderConfigurations(options: {
  readonly vault: Vault;
  readonly allow: readonly string[];
}): ProviderConfigurations {
  const { vault, allow } = options;
  const fetch = createGuardedFetch({ allow, maxBytes });
  const held = new Map<string, { version: number; until: number; configuration: Promise<Configuration> }>();
  const dialectOf = ({ kind }: ProviderRecord): Dialect =>
    kind === 'github' ? gitHubDialect : openIdDialect;
  const translated = async <T>(
    provider: ProviderRecord,
    work: (secret: string) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(openSecret(vault, provider));
    } catch (error) {
      throw asFederationProblem(error, provider);
    }
  };
  return {
    dialectOf,
    probe: (provider) =>
      translated(provider, async (secret) => {
        await dialectOf(provider).probe(provider, secret, fetch);
      }),
    of(provider) {
      const version = provider.updatedAt.getTime();
      const known = held.get(provider.id);
      if (known && known.version === version && known.until > Date.now()) return known.configuration;
      const configuration = translated(provider, (secret) =>
        dialectOf(provider).configure(provider, secret, fetch),
      );
      held.set(provider.id, { version, until: Date.now() + freshMs, configuration });
      // A failure is not kept: the next one asks again.
      configuration.catch(() => {
        if (held.get(provider.id)?.configuration === configuration) held.delete(provider.id);
      });
      return configuration;
    },
  };
}
