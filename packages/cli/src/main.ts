#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';
import { contractCommand } from './index.ts';

await runMain(
  defineCommand({
    meta: { name: 'castellan', version: '0.1.0', description: 'For products that live in Castellan' },
    subCommands: { contract: contractCommand },
  }),
);
