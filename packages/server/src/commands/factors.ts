import { defineCommand } from 'citty';
import { removeFactorsByEmail } from '../domains/factors/remove-factors.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { CommandError, runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

/** `castellan-server factors remove EMAIL`: for an administrator who lost theirs, where nobody else is left to help. */
export const factorsCommand = defineCommand({
  meta: { name: 'factors', description: 'Second factors of people' },
  subCommands: {
    remove: defineCommand({
      meta: { name: 'remove', description: 'Remove all second factors of an account, and end its sessions' },
      args: {
        email: { type: 'positional', description: 'E-mail of the account', required: true },
        ...databaseArguments,
      },
      run: ({ args }) =>
        runCommand(async () => {
          const outcome = await withDatabase(chosenDatabase(args), (database) =>
            removeFactorsByEmail(database, args.email),
          );
          if (outcome === 'unknown') throw new CommandError(`Nobody has the e-mail ${args.email}.`);
          console.log(
            outcome.removed === 0
              ? `${args.email} has no second factor.`
              : `${args.email} signs in without a second factor now; ${outcome.endedSessions} sessions ended.`,
          );
        }),
    }),
  },
});
