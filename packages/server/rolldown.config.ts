import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

/**
 * One bundle for each entry, of our own code and of libraries that are many small files (drizzle-orm's four hundred took half
 * a second and 200 MB at every start). Everything else stays a dependency that is resolved where the package is installed.
 */
const bundled =
  /^(?:drizzle-orm|zod|@castellan\/contract|jose|openid-client|oauth4webapi|otpauth|uuidv7|citty|prom-client|@opentelemetry\/api|tdigest|bintrees)(?:\/|$)/;

export default defineConfig({
  input: {
    main: 'src/main.ts',
    index: 'src/index.ts',
    'platform/database/index': 'src/platform/database/index.ts',
  },
  platform: 'node',
  plugins: [{ name: 'command', writeBundle: ({ dir }) => chmod(join(dir ?? 'dist', 'main.js'), 0o755) }],
  external: (id) => !/^(?:\.|\/|\0)/.test(id) && !bundled.test(id),
  output: {
    dir: 'dist',
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    cleanDir: true,
  },
});
