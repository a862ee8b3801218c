import { Problem } from '@castellan/contract';
import { z } from 'zod';

/** A problem document of the catalogue; nothing for anything else. Apart from `call.ts`: most first loads meet no refusal. */
export function readProblem(body: unknown): Problem | undefined {
  return z.safeDecode(Problem, body as z.input<typeof Problem>).data;
}
