import type { ViteUserConfig } from 'vitest/config';

/** What every run leaves alone. */
export const exclude = ['**/node_modules/**', '**/dist/**'];

/** Packages lead to each other's sources. */
export const sources = {
  resolve: { conditions: ['castellan-source'] },
  ssr: { resolve: { conditions: ['castellan-source'] } },
  environments: { __vitest__: { resolve: { conditions: ['castellan-source'] } } },
} satisfies ViteUserConfig;

/**
 * How suites run that have a platform in their own process: in few processes that load each module once, as Node itself
 * loads it. Loading some four hundred modules anew for each file was half of all the work.
 */
export const inNode = {
  globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
  pool: 'forks',
  maxWorkers: 2,
  isolate: false,
  execArgv: ['--conditions=castellan-source'],
  experimental: { viteModuleRunner: false, nodeLoader: false },
  testTimeout: 30_000,
  hookTimeout: 60_000,
} satisfies ViteUserConfig['test'];
