import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Suites that need Debian's Apache. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['{packages,apps,examples}/*/{src,test}/**/*.apache.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
  },
});
