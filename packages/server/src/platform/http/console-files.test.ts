import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
let house: TestPlatform;
beforeAll(async () => {
  // What lies above says nothing about a file.
  folder = join(await mkdtemp(join(tmpdir(), 'castellan-console-')), 'assets');
  await mkdir(join(folder, 'console/assets'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'not of the console');
  await writeFile(join(folder, 'console/index.html'), '<title>Console</title>');
  await writeFile(join(folder, 'console/start.js'), '1');
  await writeFile(join(folder, 'console/assets/app-AbC123.js'), 'plain');
  await writeFile(join(folder, 'console/assets/app-AbC123.js.br'), 'packed');
  house = await createTestPlatform({ consoleDirectory: join(folder, 'console') });
});
afterAll(async () => {
  await house.close();
  await rm(dirname(folder), { recursive: true });
});

const ask = (url: string, headers: Readonly<Record<string, string>> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  house.platform.adminListener.inject({ method, url, headers });

it('files with a digest in their name are kept for a year and given packed; others are asked for each time', async () => {
  const packed = await ask('/assets/app-AbC123.js', { 'accept-encoding': 'br' });
  expect(packed).toMatchObject({ statusCode: 200, body: 'packed' });
  expect(packed.headers).toMatchObject({
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  expect(packed.headers['content-type']).toContain('javascript');
  expect(await ask('/assets/app-AbC123.js')).toMatchObject({ statusCode: 200, body: 'plain' });
  expect(await ask('/assets/app-AbC123.js', {}, 'HEAD')).toMatchObject({ statusCode: 200, body: '' });
  const start = await ask('/start.js');
  expect(start).toMatchObject({ statusCode: 200, body: '1' });
  expect(start.headers['cache-control']).toBe('no-cache');
});

it('every other path is the page, for whoever wants a page', async () => {
  const page = await ask('/users/some-one?tab=sessions', { accept: 'text/html' });
  expect(page).toMatchObject({ statusCode: 200, body: '<title>Console</title>' });
  expect(page.headers['cache-control']).toBe('no-cache');
  expect((await ask('/users')).statusCode).toBe(404);
});

it('a file that is not there, or not in the folder, is not found', async () => {
  for (const path of [
    '/assets/',
    '/assets/app-000000.js',
    '/assets/%2e%2e/index.html',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets//app-AbC123.js',
    '/secret.js',
    '/index.html',
  ]) {
    const answer = await ask(path);
    expect(answer.statusCode, path).toBe(404);
    expect(answer.json().code).toBe('not_found');
    expect(answer.headers['cache-control']).toBe('no-store');
  }
});
