import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('work of one key is done one after another in its order, of two keys at once, and a failure stops nobody', async () => {
  const { inTurn } = createTurns();
  const done: string[] = [];
  const work = (name: string, ms: number) => async () => {
    await sleep(ms);
    done.push(name);
    if (name === 'a2') throw new Error('a2 fails');
    return name;
  };
  const all = await Promise.allSettled([
    inTurn('a', work('a1', 30)),
    inTurn('a', work('a2', 10)),
    inTurn('a', work('a3', 1)),
    inTurn('b', work('b1', 1)),
  ]);
  expect(done).toEqual(['b1', 'a1', 'a2', 'a3']);
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
});
