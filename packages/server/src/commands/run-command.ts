import { errorCatalogue } from '@castellan/contract';
import { ConfigurationError } from '../platform/config.ts';
import { DatabaseStartError } from '../platform/database/database-start-error.ts';
import { Refusal } from '../platform/refusal.ts';

/** An error whose text is all that a person needs: printed without a stack. */
export class CommandError extends Error {}

function isPlain(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof ConfigurationError ||
    error instanceof DatabaseStartError
  );
}

/** A refusal for people: what was wrong, and each field that was. */
function textOf({ message, code, fields = [] }: Refusal): string {
  const fix = fields.length === 0 ? [errorCatalogue[code].fix] : [];
  return [message, ...fix, ...fields.map(({ field, message }) => `  ${field}: ${message}`)].join('\n');
}

/** Runs the body of a command; failures are printed for people and end the process with 1. */
export async function runCommand(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (isPlain(error)) console.error(error.message);
    else if (error instanceof Refusal) console.error(textOf(error));
    else if ((error as { code?: string }).code === 'ECONNREFUSED')
      console.error('The database does not answer. Check DATABASE_URL and that it runs.');
    else console.error(error);
    process.exitCode = 1;
  }
}
