import {
  chanceOf,
  createTestPlatform,
  judgeExplain,
  judgeSimulate,
  randomAccessWorld,
  type TestCaller,
  type TestPlatform,
} from '@castellan/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: TestCaller;

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

// Many more worlds: `npm run proof -- access-explain`.
const few = { numRuns: 12, endOnFailure: true, interruptAfterTimeLimit: 40_000 };
const longestMs = 120_000;

describe('B3 in random worlds', () => {
  it(
    'applying the shortest change flips the decision, and leaving out any one of several changes does not',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const verdict = await judgeExplain({ house, admin }, randomAccessWorld(seed), chanceOf(~seed), {
            asked: 12,
            turned: 2,
          });
          expect(verdict.differences).toEqual([]);
        }),
        few,
      );
    },
    longestMs,
  );

  it(
    'simulation equals the difference afterwards',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const verdict = await judgeSimulate({ house, admin }, randomAccessWorld(seed), chanceOf(~seed), 8);
          expect(verdict.differences).toEqual([]);
        }),
        few,
      );
    },
    longestMs,
  );
});
