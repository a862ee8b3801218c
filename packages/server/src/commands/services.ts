import { defineCommand } from 'citty';
import { registerService } from '../domains/services/register-service.ts';
import { systemOrigin } from '../platform/activity/event.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { withDatabase } from './open-database.ts';
import { repeated } from './repeated-argument.ts';
import { runCommand } from './run-command.ts';

/** `castellan-server services add NAME`: registers a product's back end (S1). */
export const servicesCommand = defineCommand({
  meta: { name: 'services', description: 'Registered services' },
  subCommands: {
    add: defineCommand({
      meta: { name: 'add', description: 'Register a service and print its key, once' },
      args: {
        name: {
          type: 'positional',
          description: 'Short name: lower-case letters, digits, hyphens',
          required: true,
        },
        origin: {
          type: 'string',
          description: 'An origin of its pages, https://app.example.com; may be repeated',
        },
        resource: {
          type: 'string',
          description:
            'Where its tokens are to be used, https://api.example.com; its name stands for it without one',
        },
        'admin-url': { type: 'string', description: "Where the service's admin surface is" },
        description: { type: 'string', description: 'What it is, in a sentence' },
        ...databaseArguments,
      },
      run: ({ args, rawArgs }) =>
        runCommand(async () => {
          const registered = await withDatabase(chosenDatabase(args), (database) =>
            database.write(systemOrigin, (tx) =>
              registerService(tx, {
                name: args.name,
                description: args.description ?? '',
                origins: repeated(rawArgs, '--origin'),
                adminUrl: args['admin-url'] ?? null,
                resourceUri: args.resource ?? null,
              }),
            ),
          );
          console.log(
            `The service ${args.name} is registered. Its key is shown only now; keep it where the service can read it:\n\n  ${registered.key}\n`,
          );
        }),
    }),
  },
});
