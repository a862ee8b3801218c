import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['castellan-source'] },
  ssr: { resolve: { conditions: ['castellan-source'] } },
  environments: { __vitest__: { resolve: { conditions: ['castellan-source'] } } },
  test: {
    include: [
      '{packages,apps,examples}/*/{src,test}/**/*.test.{ts,tsx}',
      '{bench,proof}/src/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.browser.test.ts', '**/*.apache.test.ts'],
    globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
