import { expect, it } from 'vitest';
import { findChromium } from './chromium.ts';

it('takes the browser that CHROMIUM_PATH names, and no other when that one is not there', () => {
  expect(findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath);
  expect(findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).toBeNull();
});
