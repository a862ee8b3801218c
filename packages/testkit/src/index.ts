export { judgeAccess, judgeSomeAccess } from './access/judge-access.ts';
export { type ChangesVerdict, judgeChanges, sumChangesVerdicts } from './access/judge-changes.ts';
export { judgeDecide } from './access/judge-decide.ts';
export { type ExplainVerdict, judgeExplain } from './access/judge-explain.ts';
export { judgeSimulate, type SimulateVerdict } from './access/judge-simulate.ts';
export { largeWorldId, writeLargeAccessWorld } from './access/large-world.ts';
export { type Chance, chanceOf, leastOfWorld, randomAccessWorld } from './access/random-world.ts';
export { mayAct, mayTouch, type WorldSubject } from './access/reference.ts';
export { sumVerdicts, type Tally, type Verdict } from './access/verdict.ts';
export type { AccessWorld } from './access/world.ts';
export { leaveTablesAlone, writeAccessWorld, writeAccessWorlds } from './access/write-world.ts';
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
export { touched } from './touched.ts';
