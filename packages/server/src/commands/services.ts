import { defineCommand } from 'citty';
import { registerService } from '../domains/services/register-service.ts';
import { systemOrigin } from '../platform/activity/event.ts';
import { Refusal } from '../platform/refusal.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { withDatabase } from './open-database.ts';
import { CommandError, runCommand } from './run-command.ts';

/** citty keeps the last of a repeated flag; origins are therefore read from the raw arguments. */
function repeated(raw: readonly string[], flag: string): string[] {
  return raw.flatMap((argument, index) => {
    if (argument === flag) return raw[index + 1] ?? [];
    return argument.startsWith(`${flag}=`) ? argument.slice(flag.length + 1) : [];
  });
}

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
              }),
            ),
          ).catch((error: unknown) => {
            if (!(error instanceof Refusal)) throw error;
            const fields = error.fields?.map(({ field, message }) => `  ${field}: ${message}`).join('\n');
            throw new CommandError([error.message, fields].filter(Boolean).join('\n'));
          });
          console.log(
            `The service ${args.name} is registered. Its key is shown only now; keep it where the service can read it:\n\n  ${registered.key}\n`,
          );
        }),
    }),
  },
});
