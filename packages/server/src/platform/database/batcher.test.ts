import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';

describe('coalescing never gives an answer older than its question', () => {
  it('joins questions that wait at the same moment, and answers each its own', async () => {
    const batches: number[][] = [];
    const batcher = createBatcher<number, number>({
      run: async (questions) => {
        batches.push([...questions]);
        return questions.map((question) => question * 2);
      },
    });
    expect(await Promise.all([1, 2, 3].map((question) => batcher.ask(question)))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('lets no question join a batch that was sent before it', async () => {
    let truth = 'old';
    const batcher = createBatcher<string, string>({
      run: async (questions) => {
        const read = truth; // The database's snapshot is taken when the query arrives.
        await sleep(30);
        return questions.map(() => read);
      },
    });
    const early = batcher.ask('a');
    await sleep(10);
    truth = 'new';
    const late = batcher.ask('a');
    expect(await early).toBe('old');
    expect(await late).toBe('new');
  });

  it('keeps to its bounds of batches under way and questions in one', async () => {
    let underWay = 0;
    let most = 0;
    let largest = 0;
    const batcher = createBatcher<number, number>({
      inFlight: 2,
      size: 10,
      run: async (questions) => {
        most = Math.max(most, ++underWay);
        largest = Math.max(largest, questions.length);
        await sleep(5);
        underWay--;
        return [...questions];
      },
    });
    const all = Array.from({ length: 95 }, (_, index) => index);
    expect(await Promise.all(all.map((question) => batcher.ask(question)))).toEqual(all);
    expect(most).toBe(2);
    expect(largest).toBe(10);
  });

  it('fails every question of a failed batch and goes on with the next', async () => {
    let fail = true;
    const batcher = createBatcher<number, number>({
      run: async (questions) => {
        if (fail) throw new Error('gone');
        return [...questions];
      },
    });
    await expect(Promise.all([batcher.ask(1), batcher.ask(2)])).rejects.toThrow('gone');
    fail = false;
    expect(await batcher.ask(3)).toBe(3);
  });
});
