import { defineConfig } from 'rolldown';

/**
 * One bundle for each entry, of our own code and drizzle-orm: loading drizzle's four hundred files took half a second
 * and 200 MB at every start. Everything else stays a dependency that is resolved where the package is installed.
 */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    index: 'src/index.ts',
    'platform/database/index': 'src/platform/database/index.ts',
  },
  platform: 'node',
  external: (id) => !/^(?:\.|\/|\0)/.test(id) && !id.startsWith('drizzle-orm'),
  output: {
    dir: 'dist',
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    cleanDir: true,
  },
});
