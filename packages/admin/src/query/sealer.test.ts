import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSealer } from './sealer.ts';

const secret = randomBytes(32);
const sealer = createSealer(secret);

it('no nonce is used twice (SP 800-38D §8), however many texts are sealed', () => {
  const count = 600;
  const sealed = Array.from({ length: count }, (_, place) => sealer.seal('orders', String(place)));
  const nonces = sealed.map((one) => Buffer.from(one, 'base64url').subarray(1, 13).toString('hex'));
  expect(new Set(nonces).size).toBe(count);
  expect(sealed.map((one) => sealer.open('orders', one))).toEqual(sealed.map((_, place) => String(place)));
});

it('another process with the same secret opens it; another secret, purpose or spelling does not', () => {
  const sealed = sealer.seal('orders', 'Ü🚪');
  expect(createSealer(secret).open('orders', sealed)).toBe('Ü🚪');
  expect(createSealer(randomBytes(32)).open('orders', sealed)).toBeUndefined();
  expect(sealer.open('customers', sealed)).toBeUndefined();
  expect(sealer.open('orders', `${sealed}=`)).toBeUndefined();
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    expect(sealer.open('orders', sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeUndefined();
  }
});
