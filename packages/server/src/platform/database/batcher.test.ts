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

  it('parts many among the batches that may be under way, and keeps few together', async () => {
    const batches: number[] = [];
    const batcher = createBatcher<number, number>({
      inFlight: 3,
      worth: 8,
      run: async (questions) => {
        batches.push(questions.length);
        return [...questions];
      },
    });
    const ask = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => batcher.ask(index)));
    expect(await ask(90)).toHaveLength(90);
    expect(await ask(11)).toHaveLength(11);
    expect(batches).toEqual([30, 30, 30, 11]);
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

  it('sends a small batch behind another only when that one has landed or takes its time', async () => {
    const batches: number[][] = [];
    const landed = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    const batcher = createBatcher<number, number>({
      worth: 3,
      run: async (questions) => {
        batches.push([...questions]);
        await landed[batches.length - 1]!.promise;
        return [...questions];
      },
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const all = [batcher.ask(1)];
    await turn();
    all.push(batcher.ask(2));
    await turn();
    expect(batches, 'one question waits').toEqual([[1]]);
    all.push(batcher.ask(3), batcher.ask(4));
    await turn();
    expect(batches, 'three are worth a batch').toEqual([[1], [2, 3, 4]]);
    landed[1]!.resolve();
    await Promise.all(all.slice(1));
    await sleep(10);
    all.push(batcher.ask(5));
    await turn();
    expect(batches, 'the first takes its time').toEqual([[1], [2, 3, 4], [5]]);
    landed[0]!.resolve();
    landed[2]!.resolve();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves too few behind nobody for long: they go although the batch under way hangs and no one else comes', async () => {
    const hang = Promise.withResolvers<void>();
    const batcher = createBatcher<number, number>({
      worth: 3,
      run: async (questions) => {
        if (questions.includes(1)) await hang.promise;
        return [...questions];
      },
    });
    const first = batcher.ask(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await batcher.ask(2)).toBe(2);
    hang.resolve();
    expect(await first).toBe(1);
  });

  it('counts a question by its weight, keeps its parts together, and lets the heaviest travel alone', async () => {
    const batches: number[][] = [];
    const batcher = createBatcher<number, number>({
      size: 10,
      weigh: (question) => question,
      run: async (questions) => {
        batches.push([...questions]);
        return [...questions];
      },
    });
    const all = [3, 4, 5, 25, 1, 9, 1];
    expect(await Promise.all(all.map((question) => batcher.ask(question)))).toEqual(all);
    expect(batches).toEqual([[3, 4], [5], [25], [1, 9], [1]]);
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
