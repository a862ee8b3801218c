import { defineCommand } from 'citty';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

/** `castellan-server migrate`: brings the database up to this version. */
export const migrateCommand = defineCommand({
  meta: { name: 'migrate', description: 'Bring the database up to this version' },
  args: databaseArguments,
  run: ({ args }) =>
    runCommand(async () => {
      await withDatabase(chosenDatabase(args), async () => {});
      console.log('The database is up to date.');
    }),
});
