import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toExpress } from '@castellan/intents/express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { service, startProduct } from '../../test/contract/product.ts';
import { openShop, type Shop } from '../../test/shop/shop.ts';
import { findObstacle } from './begin.ts';
import { CanNotBegin, type ContractOptions, type Issuer, runContract, startIssuer } from './index.ts';
import { adminPath, Product } from './product.ts';

let shop: Shop;
let shopUrl: string;
/** An issuer that no product here was set up with. */
let stranger: Issuer;
const servers: Server[] = [];

beforeAll(async () => {
  shop = await openShop();
  stranger = await startIssuer('http://127.0.0.1:0');
  const handle = toExpress(shop.admin);
  shopUrl = await serve((request, response) => void handle(request, response));
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await stranger.close();
  await shop.close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What stops a run, and that it asked once and judged nothing. */
async function stopOf(options: Partial<ContractOptions> & { readonly url: string }) {
  const startedAt = performance.now();
  const run = runContract({
    service: 'shop',
    issuer: shop.issuer,
    allowWrites: true,
    onJudgement: () => expect.unreachable('nothing is judged'),
    onWait: () => expect.unreachable('there is nothing to wait for'),
    ...options,
  });
  const error = await run.then(
    () => expect.unreachable('it should not begin'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CanNotBegin)) throw error;
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  const { stopped, ...report } = error.report;
  expect(report).toMatchObject({ url: options.url, judgements: [], met: 0, failed: 0, notJudged: 0 });
  expect(error.message).toBe(`${stopped.reason}\n${stopped.mend}`);
  return stopped;
}

describe('a run that can not begin stops at its first call and says why (A18)', () => {
  it('of a product that trusts another issuer, and was never asked by it', async () => {
    const stopped = await stopOf({ url: shopUrl, issuer: stranger });
    expect(stopped.kind).toBe('issuer');
    expect(stopped.mend).toContain(`Set its issuer to ${stranger.url} `);
    // Refused by its issuer alone: no key of a stranger is asked for.
    expect(stranger.reads.keySet).toBe(0);
  });

  it('of a product that trusts another issuer which is away', async () => {
    shop.issuer.isAway = true;
    expect((await stopOf({ url: shopUrl, issuer: stranger })).kind).toBe('issuer');
    shop.issuer.isAway = false;
  });

  it('of a product that takes tokens for another service', async () => {
    const stopped = await stopOf({ url: shopUrl, service: 'store' });
    expect(stopped.kind).toBe('audience');
    expect(stopped.mend).toMatch(/--service.* or set that to store\./);
  });

  it('of an address where nothing listens', async () => {
    const url = await serve(() => {});
    const server = servers.pop()!;
    server.close();
    await once(server, 'close');
    const stopped = await stopOf({ url });
    expect(stopped.kind).toBe('unreachable');
    expect(stopped.reason).toBe(`The product does not answer at ${url} (ECONNREFUSED).`);
    expect(stopped.mend).toContain('Start the product');
  });

  it('of a product that has no admin surface', async () => {
    const handle = toExpress(shop.standard);
    const url = await serve((request, response) => {
      if (request.url === '/api/intent') void handle(request, response);
      else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
    });
    const stopped = await stopOf({ url });
    expect(stopped.kind).toBe('not_mounted');
    expect(stopped.reason).toContain(`${url}${adminPath}/schema answers with 404`);
  });

  it('of a web application that answers every path with its page', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title>'),
    );
    const stopped = await stopOf({ url });
    expect(stopped.kind).toBe('not_the_surface');
    expect(stopped.reason).toContain('a web page that is no JSON (200 text/html)');
  });

  it('of a product that sends strangers to its sign-in', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/sign-in' }).end());
    const stopped = await stopOf({ url });
    expect(stopped.kind).toBe('not_the_surface');
    expect(stopped.reason).toContain('leads on to /sign-in');
  });

  it('of a product that refuses it for a reason of its own', async () => {
    const url = await serve((_, response) =>
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"oops"}'),
    );
    const stopped = await stopOf({ url });
    expect(stopped.kind).toBe('refused');
    expect(stopped.reason).toContain('answered with 500 and {"message":"oops"}');
  });
});

describe('a product that does not know the keys', () => {
  it('is waited for, and judged once it has read them', async () => {
    const issuer = await startIssuer('http://127.0.0.1:0');
    const product = await startProduct(issuer.url);
    issuer.isAway = true;
    const waits: string[] = [];
    const report = await runContract({
      url: product.url,
      service,
      issuer,
      allowWrites: false,
      only: ['schema'],
      onWait: ({ kind }) => {
        waits.push(kind);
        issuer.isAway = false;
      },
    });
    expect(waits).toEqual(['keys']);
    expect([report.stopped, report.failed]).toEqual([null, 0]);
    await product.close();
    await issuer.close();
  });

  it('and never reads them, is told to trust the suite', async () => {
    const another = await startIssuer('http://127.0.0.1:0');
    const product = await startProduct(another.url);
    const options = { url: product.url, service };
    const stopped = await findObstacle(new Product(stranger, options), undefined, 0);
    expect(stopped?.kind).toBe('keys');
    expect(stopped?.reason).toContain(
      `did not read the suite's keys at ${stranger.url}/.well-known/jwks.json`,
    );
    expect(stopped?.mend).toContain(`Set its issuer to ${stranger.url} `);
    await product.close();
    await another.close();
  });
});

it("an issuer's address that is taken is told with what to do", async () => {
  await expect(startIssuer(stranger.url)).rejects.toThrow(
    `${stranger.url} is taken. The suite is the issuer`,
  );
});
