import { chanceOf, judgeAccess, randomAccessWorld, writeAccessWorld } from '@castellan/testkit';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccess } from './create-access.ts';

// `npm run proof -- access` asks all of them.
const part = { checks: 0.2, lists: 0.06 };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('P11 checks, accessible lists and searches of a database say what the rules say, in random worlds beside each other', async () => {
  const access = createAccess({ pool: database.pool });
  await fc.assert(
    fc.asyncProperty(fc.noBias(fc.integer()), async (seed) => {
      const world = randomAccessWorld(seed);
      await writeAccessWorld((text, values) => database.pool.query(text, [...values]), world);
      const { differences } = await judgeAccess(access, world, chanceOf(~seed), part);
      expect(differences).toEqual([]);
    }),
    // Without bias, since a seed that came twice would name the same people twice.
    { numRuns: 24, endOnFailure: true },
  );
}, 120_000);
