import { defineCommand } from 'citty';
import { inArray } from 'drizzle-orm';
import { allowCall, type Callee, withdrawCall } from '../domains/oauth-tokens/service-calls.ts';
import { registerService } from '../domains/services/register-service.ts';
import { systemOrigin } from '../platform/activity/event.ts';
import { services } from '../platform/database/schema.ts';
import type { Transaction } from '../platform/database/transaction.ts';
import { Refusal } from '../platform/refusal.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { repeated } from './repeated-argument.ts';
import { runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

/** Two services by name, in the order caller, callee. */
async function findServices(tx: Transaction, ...names: readonly string[]): Promise<Callee[]> {
  const rows = await tx.db
    .select({ id: services.id, name: services.name })
    .from(services)
    .where(inArray(services.name, [...names]));
  return names.map((name) => {
    const found = rows.find((row) => row.name === name);
    if (!found) throw new Refusal('service_unknown', { detail: `No service is called ${name}.` });
    return found;
  });
}

const callArguments = {
  caller: { type: 'positional', description: 'The service that calls', required: true },
  callee: { type: 'positional', description: 'The service that is called', required: true },
  ...databaseArguments,
} as const;

/** `castellan-server services add NAME`: registers a product's back end (S1); `allow-call` and `forbid-call`: who may exchange tokens for whom. */
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
    'allow-call': defineCommand({
      meta: {
        name: 'allow-call',
        description: 'Let a service call another in the name of people (token exchange)',
      },
      args: {
        ...callArguments,
        scope: {
          type: 'string',
          description:
            'A scope that it may have there; may be repeated. Without any: all that the token allows',
        },
      },
      run: ({ args, rawArgs }) =>
        runCommand(async () => {
          const scopes = repeated(rawArgs, '--scope');
          await withDatabase(chosenDatabase(args), (database) =>
            database.write(systemOrigin, async (tx) => {
              const [caller, callee] = await findServices(tx, args.caller, args.callee);
              if (caller!.id === callee!.id)
                throw new Refusal('validation_failed', { detail: 'A service calls itself without leave.' });
              await allowCall(tx, caller!, callee!, scopes.length > 0 ? scopes : null);
            }),
          );
          const only = scopes.length > 0 ? `, with ${scopes.join(' ')} alone` : '';
          console.log(`${args.caller} may call ${args.callee} in the name of its people${only}.`);
        }),
    }),
    'forbid-call': defineCommand({
      meta: {
        name: 'forbid-call',
        description: 'Take that back; tokens that were exchanged are refused from then on',
      },
      args: callArguments,
      run: ({ args }) =>
        runCommand(async () => {
          const was = await withDatabase(chosenDatabase(args), (database) =>
            database.write(systemOrigin, async (tx) => {
              const [caller, callee] = await findServices(tx, args.caller, args.callee);
              return withdrawCall(tx, caller!, callee!);
            }),
          );
          console.log(`${args.caller} may ${was ? 'no longer' : 'not'} call ${args.callee}.`);
        }),
    }),
  },
});
