import { defineCommand } from 'citty';
import { promoteByEmail } from '../domains/users/promote.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { CommandError, runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

/** `castellan-server promote EMAIL`: makes an existing account an administrator (P3). */
export const promoteCommand = defineCommand({
  meta: { name: 'promote', description: 'Make an existing account an administrator' },
  args: {
    email: { type: 'positional', description: 'E-mail of the account', required: true },
    ...databaseArguments,
  },
  run: ({ args }) =>
    runCommand(async () => {
      const outcome = await withDatabase(chosenDatabase(args), (database) =>
        promoteByEmail(database, args.email),
      );
      if (outcome === 'unknown')
        throw new CommandError(`Nobody has the e-mail ${args.email}. Invite them first.`);
      if (outcome === 'deactivated')
        throw new CommandError(`The account of ${args.email} is deactivated. Activate it first.`);
      console.log(
        outcome === 'already'
          ? `${args.email} is an administrator already.`
          : `${args.email} is an administrator now.`,
      );
    }),
});
