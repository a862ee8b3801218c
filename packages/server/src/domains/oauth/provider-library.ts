/**
 * The provider library, loaded with the first request that needs it: reading its files takes a tenth of a second and
 * some megabytes, which a platform that nobody asks for OAuth need not spend.
 */
export type ProviderLibrary = Pick<
  typeof import('oidc-provider'),
  'Provider' | 'errors' | 'interactionPolicy'
>;

let loaded: Promise<ProviderLibrary> | undefined;

/** Loads the library; once for the process. */
export function loadProviderLibrary(): Promise<ProviderLibrary> {
  loaded ??= import('oidc-provider');
  return loaded;
}
