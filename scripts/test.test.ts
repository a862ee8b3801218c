import { expect, it } from 'vitest';
import { runTool } from './run-tool.ts';

it('npm test ends with one line of totals and an exit code that agrees with it', async () => {
  const good = await runTool(process.execPath, ['scripts/test.ts', 'runtime']);
  expect(good.output.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed');
  expect(good.code).toBe(0);

  const env = { CI: 'true', CHROMIUM_PATH: '/nowhere/chromium' };
  const bad = await runTool(process.execPath, ['scripts/test.ts', 'runtime', 'browser'], { env });
  expect(bad.output.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed');
  expect(bad.output).toContain('!!! SKIPPED');
  expect(bad.code).toBe(1);
});

it('npm test fails when nothing of what it was asked for could run', async () => {
  const env = { CI: '', CHROMIUM_PATH: '/nowhere/chromium' };
  const { code, output } = await runTool(process.execPath, ['scripts/test.ts', 'browser'], { env });
  expect(output.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
  expect(code).toBe(1);
});
