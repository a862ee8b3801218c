import { type DatabaseChoice, databaseDirectory } from './open-database.ts';
import { createCommandLog } from './server-log.ts';

/** What every command that needs the database takes. */
export const databaseArguments = {
  embedded: { type: 'boolean', description: 'Use the embedded database', default: false },
  directory: { type: 'string', description: 'Where the embedded database lives', default: '.castellan' },
} as const;

/** The database that the arguments and `DATABASE_URL` name. */
export function chosenDatabase(args: {
  readonly embedded: boolean;
  readonly directory: string;
}): DatabaseChoice {
  return {
    url: args.embedded ? undefined : process.env.DATABASE_URL,
    embeddedDirectory: args.embedded ? databaseDirectory(args.directory) : undefined,
    log: createCommandLog(),
  };
}
