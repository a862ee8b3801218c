import { fileURLToPath } from 'node:url';
import { launchBrowser, type TestBrowser } from '@castellan/testkit/browser';
import fastify, { type FastifyInstance } from 'fastify';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, product } from '../../test/product.ts';
import { toFastify } from '../adapters/fastify.ts';

let app: FastifyInstance;
let browser: TestBrowser;
let todos: Product;
let url: string;

beforeAll(async () => {
  todos = product();
  const bundle = await rolldown({
    input: fileURLToPath(new URL('../../test/todo-page.ts', import.meta.url)),
    platform: 'browser',
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  const { output } = await bundle.generate({ format: 'esm' });
  app = fastify({ forceCloseConnections: true });
  app.get('/', (_, reply) =>
    reply
      .type('text/html')
      .send(
        '<!doctype html><title>Todos</title><div id="root"></div><script type="module" src="/page.js"></script>',
      ),
  );
  app.get('/page.js', (_, reply) => reply.type('text/javascript').send(output[0].code));
  app.get('/favicon.ico', (_, reply) => reply.code(204).send());
  await app.register(toFastify(todos.standard));
  url = await app.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

it('a page reads and changes by hooks; what was read is read again, and a refusal names its field (A3)', async () => {
  const opened = await browser.openPage({ url, tolerates: [/422/] });
  const { page } = opened;
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Tidy up', { exact: false }).first().waitFor();
  expect(todos.db.get(1)?.title).toBe('Tidy up');
  await page.getByRole('button', { name: 'Complete Tidy up' }).click();
  await page.getByText('Tidy up, done').waitFor();
  await page.getByRole('button', { name: 'Add nothing' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('payload.title');
  await opened.close();
});
