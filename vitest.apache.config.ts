import { defineConfig } from 'vitest/config';
import { exclude, inNode, sources } from './vitest.settings.ts';

/** Suites that need Debian's Apache. */
export default defineConfig({
  ...sources,
  test: { ...inNode, include: ['{packages,apps,examples}/*/{src,test}/**/*.apache.test.ts'], exclude },
});
