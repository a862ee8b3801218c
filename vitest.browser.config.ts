import { defineConfig } from 'vitest/config';
import { exclude, inNode, sources } from './vitest.settings.ts';

/** Browser suites. A page waits longer where the machine is busy with another. */
export default defineConfig({
  ...sources,
  test: {
    ...inNode,
    // A browser and a platform for each: a third one would take the processor from clicks that are waited for.
    maxWorkers: 2,
    include: ['{packages,apps,examples}/*/{src,test}/**/*.browser.test.ts'],
    exclude,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
