import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Browser suites: one at a time, because a page that waits for its turn on a busy machine looks like a slow page. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['{packages,apps,examples}/*/{src,test}/**/*.browser.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
