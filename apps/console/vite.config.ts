import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

// Where `vite dev` finds the admin listener.
const server = process.env.CONSOLE_SERVER ?? 'http://127.0.0.1:9004';
// What the listener answers by itself; every other path is a page of the console.
const proxied = ['/admin', '/auth', '/openapi.json', '/setup'];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ['castellan-source', ...defaultClientConditions] },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])) },
  build: {
    target: 'es2023',
    // `light-dark()` is left as written: one set of tokens serves these browsers and plain pages.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
  },
});
