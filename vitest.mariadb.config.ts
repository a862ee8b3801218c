import { defineConfig } from 'vitest/config';
import { exclude, inNode, sources } from './vitest.settings.ts';

/** Suites that need a MariaDB. */
export default defineConfig({
  ...sources,
  test: { ...inNode, include: ['{packages,apps,examples}/*/{src,test}/**/*.mariadb.test.ts'], exclude },
});
