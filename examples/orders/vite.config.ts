import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/web',
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows files of its own address only: nothing may become inline or a data address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
