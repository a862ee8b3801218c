#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { promoteCommand } from './commands/promote.ts';
import { sampleCommand } from './commands/sample.ts';
import { serveCommand } from './commands/serve.ts';
import { servicesCommand } from './commands/services.ts';

await runMain(
  defineCommand({
    meta: { name: 'castellan-server', version: '0.1.0', description: 'The Castellan platform' },
    subCommands: {
      serve: serveCommand,
      sample: sampleCommand,
      migrate: migrateCommand,
      promote: promoteCommand,
      keys: keysCommand,
      services: servicesCommand,
    },
  }),
);
