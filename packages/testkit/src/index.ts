export { type EntraDirectory, type Misbehaviour, startEntraDirectory } from './entra-directory.ts';
export { type GitHubAccount, type GitHubSite, startGitHubSite } from './git-hub-site.ts';
export { freePort, startHouse, type TestHouse } from './house.ts';
export {
  type OpenIdProviderOptions,
  type ProviderUser,
  startOpenIdProvider,
  type TestOpenIdProvider,
} from './open-id-provider.ts';
export { createPageBrowser, type PageAnswer, type PageBrowser } from './page-browser.ts';
export { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from './platform.ts';
