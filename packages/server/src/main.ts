#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --min-semi-space-size=8 --max-semi-space-size=8 --heap-growing-percent=10 --v8-pool-size=2 --no-sparkplug --use-largepages=silent
import { enableCompileCache } from 'node:module';
import { defineCommand, runMain } from 'citty';

// Compiling the modules is most of a start; the cache makes the second one quick.
enableCompileCache?.();

await runMain(
  defineCommand({
    meta: { name: 'castellan-server', version: '0.1.0', description: 'The Castellan platform' },
    subCommands: {
      serve: async () => (await import('./commands/serve.ts')).serveCommand,
      sample: async () => (await import('./commands/sample.ts')).sampleCommand,
      migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
      promote: async () => (await import('./commands/promote.ts')).promoteCommand,
      factors: async () => (await import('./commands/factors.ts')).factorsCommand,
      keys: async () => (await import('./commands/keys.ts')).keysCommand,
      services: async () => (await import('./commands/services.ts')).servicesCommand,
      clients: async () => (await import('./commands/clients.ts')).clientsCommand,
    },
  }),
);
