import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Part, type PartOptions, startPart } from './part.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'castellan-part-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a text as a part, and resolves when it has said `up`. */
async function run(
  text: string,
  options: Partial<PartOptions> = {},
): Promise<{ part: Part; said: string[] }> {
  const program = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(program, text);
  const said: string[] = [];
  const part = startPart({
    name: 'trial',
    program,
    onLine: (line) => {
      said.push(line);
      return line;
    },
    ...options,
  });
  await expect.poll(() => said).toContain('up');
  return { part, said };
}

it('a part is asked to end and may finish its work', async () => {
  const { part, said } = await run(`
    process.on('SIGTERM', () => setTimeout(() => { console.log('done'); process.exit(0); }, 100));
    console.log('up'); setInterval(() => {}, 1000);`);
  await part.stop();
  expect(said).toEqual(['up', 'done']);
  expect(await part.ended).toEqual({ reason: 'ended with code 0', lastLines: ['up', 'done'] });
});

it('a part that will not end is ended', async () => {
  const { part } = await run(
    `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);`,
    { patienceMs: 200 },
  );
  await part.stop();
  expect((await part.ended).reason).toBe('was ended by SIGKILL');
});

it('what a part said last is known when it fails', async () => {
  const { part } = await run(`console.log('up'); console.error('no bricks left'); process.exitCode = 3;`);
  expect(await part.ended).toEqual({
    reason: 'ended with code 3',
    lastLines: expect.arrayContaining(['no bricks left']),
  });
});

it('ending a part twice is no error', async () => {
  const { part } = await run(`console.log('up'); setInterval(() => {}, 1000);`);
  await Promise.all([part.stop(), part.stop()]);
  await part.stop();
});
