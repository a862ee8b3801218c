import { defineConfig } from 'rolldown';

/** One small module for each script, named by its content; `manifest.json` tells the server the names. */
export default defineConfig({
  input: { passkeys: 'src/passkeys.ts' },
  platform: 'browser',
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name]-[hash].js',
    minify: true,
    cleanDir: true,
  },
  plugins: [
    {
      name: 'manifest',
      generateBundle(_options, bundle) {
        const names = Object.values(bundle).flatMap((file) =>
          file.type === 'chunk' && file.isEntry ? [[file.name, file.fileName]] : [],
        );
        this.emitFile({
          type: 'asset',
          fileName: 'manifest.json',
          source: `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`,
        });
      },
    },
  ],
});
