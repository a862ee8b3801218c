import { slug } from '@castellan/contract';
import { expect, it } from 'vitest';
import { slugOf } from './create-panel.tsx';

it.each([
  ['Tide Pool', 'tide-pool'],
  ['  Čapek & Söhne GmbH ', 'capek-sohne-gmbh'],
  ['A'.repeat(80), 'a'.repeat(63)],
])('the name %j suggests a slug that the contract takes', (name, suggested) => {
  expect(slugOf(name)).toBe(suggested);
  expect(slug.safeParse(suggested).success).toBe(true);
});
