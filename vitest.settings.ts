import type { ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What every run leaves alone. */
export const exclude = ['**/node_modules/**', '**/dist/**'];

/** Packages lead to each other's sources. */
export const sources = {
  resolve: { conditions: ['castellan-source'] },
  ssr: { resolve: { conditions: ['castellan-source'] } },
  environments: { __vitest__: { resolve: { conditions: ['castellan-source'] } } },
} satisfies ViteUserConfig;

/** Suites that take long for the size of their files, by which Vitest orders what it has not run here before. */
const longOnes = [
  'packages/admin/src/contract/contract.test.ts',
  'packages/admin/test/fuzz.test.ts',
  'packages/admin/test/query/fuzz.test.ts',
];

/** Starts what takes longest first, so that no suite is left to run alone when the others are through. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longOnes.some((path) => moduleId.endsWith(path));
    const inOrder = await super.sort(files);
    return [...inOrder.filter(isLong), ...inOrder.filter((file) => !isLong(file))];
  }
}

/**
 * How suites run that have a platform in their own process: in few processes that load each module once, as Node itself
 * loads it. Loading some four hundred modules anew for each file was half of all the work.
 */
export const inNode = {
  globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
  pool: 'forks',
  // One more than two processors: a test waits for a third of its time.
  maxWorkers: 3,
  isolate: false,
  execArgv: ['--conditions=castellan-source'],
  experimental: { viteModuleRunner: false, nodeLoader: false },
  testTimeout: 30_000,
  hookTimeout: 60_000,
} satisfies ViteUserConfig['test'];
