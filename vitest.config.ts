import { defineConfig } from 'vitest/config';
import { exclude, inNode, LongestFirst, sources } from './vitest.settings.ts';

/** Sources of pages, which may be JSX: Vite reads them, as it does when it builds the pages. */
const web = '{apps/console,packages/ui}/{src,test}/**/*.test.{ts,tsx}';

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...sources,
        test: {
          ...inNode,
          name: 'node',
          include: [
            '{packages,apps,examples}/*/{src,test}/**/*.test.ts',
            '{bench,proof}/src/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: [...exclude, '**/*.browser.test.ts', '**/*.apache.test.ts', '**/*.mariadb.test.ts', web],
        },
      },
      {
        ...sources,
        test: {
          name: 'web',
          isolate: false,
          maxWorkers: 3,
          include: [web],
          exclude: [...exclude, '**/*.browser.test.ts'],
        },
      },
    ],
  },
});
