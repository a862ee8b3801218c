import { hash } from '@node-rs/argon2';
import { expect, it } from 'vitest';
import { createPasswordHasher } from './password-hasher.ts';

it('hands out every result, one alone at once and many in groups, whatever each of them is', async () => {
  const hasher = createPasswordHasher({ lanes: 2 });
  const stored = await hasher.hash('the right one');
  const began = performance.now();
  expect(await hasher.verify(stored, 'the right one')).toBe(true);
  expect(performance.now() - began, 'nobody waits, so nothing is held back').toBeLessThan(1000);
  const results = await Promise.all(
    Array.from({ length: 21 }, (_, index) =>
      hasher.verify(index % 7 === 6 ? null : stored, index % 2 === 0 ? 'the right one' : 'a wrong one'),
    ),
  );
  expect(results).toEqual(Array.from({ length: 21 }, (_, index) => index % 2 === 0 && index % 7 !== 6));
});

it('goes on after a hash that can not be read', async () => {
  const hasher = createPasswordHasher({ lanes: 1 });
  const stored = await hasher.hash('x');
  const results = await Promise.allSettled([
    hasher.verify('no hash at all', 'x'),
    hasher.verify(stored, 'x'),
    hasher.verify(stored, 'y'),
  ]);
  expect(results.slice(1)).toEqual([
    { status: 'fulfilled', value: true },
    { status: 'fulfilled', value: false },
  ]);
});

it('sheds what is beyond its queue', async () => {
  const hasher = createPasswordHasher({ lanes: 1 });
  // A hash says what it costs to check: the length of the queue is what counts here.
  const stored = await hash('x', { memoryCost: 1024, timeCost: 1, parallelism: 1 });
  const results = await Promise.allSettled(
    Array.from({ length: 203 }, () => hasher.verify(stored, 'x')).slice(),
  );
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(2);
}, 60_000);
