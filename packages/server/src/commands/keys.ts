import { defineCommand } from 'citty';
import { systemOrigin } from '../platform/activity/event.ts';
import { settingsSchema } from '../platform/config.ts';
import { publishLeadSeconds, rotateSigningKey } from '../platform/keys/signing-keys.ts';
import { createVault } from '../platform/secrets/vault.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { CommandError, runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

/** `castellan-server keys rotate`: a new signing key, with overlap, while the platform runs. */
export const keysCommand = defineCommand({
  meta: { name: 'keys', description: 'Signing keys' },
  subCommands: {
    rotate: defineCommand({
      meta: {
        name: 'rotate',
        description: 'Publish a new signing key; it signs once every verifier can know it',
      },
      args: {
        'lead-seconds': {
          type: 'string',
          description:
            'Seconds between publishing and signing, at least 30; less than 300 breaks verifiers that cache the keys',
          default: String(publishLeadSeconds),
        },
        ...databaseArguments,
      },
      run: ({ args }) =>
        runCommand(async () => {
          const secret = settingsSchema.shape.KEY_ENCRYPTION_SECRET.safeParse(
            process.env.KEY_ENCRYPTION_SECRET,
          );
          if (!secret.success)
            throw new CommandError(
              'KEY_ENCRYPTION_SECRET is not set, or is not the one that the platform runs with.',
            );
          const leadSeconds = Number(args['lead-seconds']);
          if (!Number.isInteger(leadSeconds) || leadSeconds < 0)
            throw new CommandError('--lead-seconds takes a whole number of seconds.');
          const rotated = await withDatabase(chosenDatabase(args), (database) =>
            rotateSigningKey(database, createVault(secret.data), systemOrigin, leadSeconds),
          );
          console.log(
            `Key ${rotated.kid} is published and signs from ${rotated.activeAt.toISOString()}. The key before it verifies until its last token has expired.`,
          );
        }),
    }),
  },
});
