import { expect, it } from 'vitest';
import { createTurns, RestingError } from './turns.ts';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nobody = () => new AbortController().signal;
/** Ends when it is told to, and not before. */
const forever = (within: AbortSignal) =>
  new Promise<never>((_, reject) => within.addEventListener('abort', () => reject(within.reason)));

it('one product is asked for one thing at a time, and so many products at once', async () => {
  const turns = createTurns({ atOnce: 2, deadlineMs: 1000, restMs: 1000 });
  const running: string[] = [];
  let most = 0;
  const work = (name: string) => async () => {
    expect(running).not.toContain(name);
    running.push(name);
    most = Math.max(most, running.length);
    await pause(5);
    running.splice(running.indexOf(name), 1);
    return name;
  };
  const products = ['a', 'a', 'b', 'c', 'a', 'd', 'd'];
  const done = await Promise.all(products.map((name) => turns.take(name, nobody(), work(name))));
  expect(done).toEqual(products);
  expect(most).toBe(2);
});

it('a product that hangs holds up no other, ends at its deadline, and is left alone for a while', async () => {
  const turns = createTurns({ atOnce: 2, deadlineMs: 40, restMs: 60 });
  const began = performance.now();
  const hanging = [1, 2, 3].map(() =>
    turns.take('down', nobody(), forever).catch((error: Error) => error.name),
  );
  const others = await Promise.all(
    [1, 2, 3, 4].map((each) => turns.take('well', nobody(), async () => each)),
  );
  expect(others).toEqual([1, 2, 3, 4]);
  expect(performance.now() - began).toBeLessThan(35);
  expect(await Promise.all(hanging)).toEqual(['TimeoutError', 'RestingError', 'RestingError']);
  await expect(turns.take('down', nobody(), async () => 1)).rejects.toBeInstanceOf(RestingError);
  await pause(80);
  expect(await turns.take('down', nobody(), async () => 1)).toBe(1);
});

it('what nobody waits for any more is ended, or never begun, and says nothing about the product', async () => {
  const turns = createTurns({ atOnce: 1, deadlineMs: 1000, restMs: 1000 });
  const [first, second] = [new AbortController(), new AbortController()];
  let begun = 0;
  const counted = (within: AbortSignal) => {
    begun++;
    return forever(within);
  };
  const running = turns.take('a', first.signal, counted).catch((error: Error) => error.name);
  const queued = turns.take('b', second.signal, counted).catch((error: Error) => error.name);
  second.abort();
  expect(await queued).toBe('AbortError');
  first.abort();
  expect(await running).toBe('AbortError');
  expect(begun).toBe(1);
  expect(await turns.take('a', nobody(), async () => 'again')).toBe('again');
});
