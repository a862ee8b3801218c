import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BundledCommand, bundleCommand } from '../../test/bundled-command.ts';

/** `castellan-server services allow-call` and `forbid-call`, as operators run them. */

let castellan: BundledCommand;
let house: TestPlatform;
beforeAll(async () => {
  [castellan, house] = await Promise.all([bundleCommand(), createTestPlatform()]);
  for (const name of ['orders', 'billing']) await house.service(name);
});
afterAll(() => Promise.all([house.close(), castellan.remove()]));

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [castellan.path, 'services', ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: house.testDatabase.url,
      PUBLIC_URL: house.settings.PUBLIC_URL,
      ADMIN_URL: house.settings.ADMIN_URL,
      KEY_ENCRYPTION_SECRET: Buffer.from(house.settings.KEY_ENCRYPTION_SECRET).toString('base64'),
    },
  }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
  );

it('lets a service call another, takes it back, and names what is wrong', async () => {
  expect(await run('allow-call', 'orders', 'billing')).toEqual({
    code: 0,
    text: 'orders may call billing in the name of its people.\n',
  });
  const calls = () => house.query('SELECT caller_id FROM service_calls');
  expect(await calls()).toHaveLength(1);
  const limited = await run('allow-call', 'orders', 'billing', '--scope', 'openid', '--scope=email');
  expect(limited.text).toBe('orders may call billing in the name of its people, with openid email alone.\n');
  expect(await house.query('SELECT scopes FROM service_calls')).toEqual([{ scopes: ['email', 'openid'] }]);
  expect((await run('allow-call', 'orders', 'billing', '--scope', 'pay')).text).toContain('no scope “pay”');
  expect((await run('forbid-call', 'orders', 'billing')).text).toBe('orders may no longer call billing.\n');
  expect((await run('forbid-call', 'orders', 'billing')).text).toBe('orders may not call billing.\n');
  expect(await calls()).toHaveLength(0);
  const unknown = await run('allow-call', 'orders', 'nobody');
  expect([unknown.code, unknown.text]).toEqual([1, expect.stringContaining('No service is called nobody')]);
  expect((await run('allow-call', 'orders', 'orders')).code).toBe(1);
}, 120_000);
