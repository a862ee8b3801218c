import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toExpress } from '@castellan/intents/express';
import { expect, it } from 'vitest';
import { openShop } from '../../test/shop/shop.ts';
import { runContract } from '../contract/index.ts';

it('a product that adopts the library meets every criterion of the contract suite (A18)', async () => {
  const shop = await openShop();
  const surfaces = [shop.admin, shop.standard, shop.machine, shop.legacyAdmin];
  const handlers = new Map(
    surfaces.flatMap((surface) => surface.paths.map((path) => [path, toExpress(surface)] as const)),
  );
  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', "frame-ancestors 'none'");
    const handle = handlers.get(new URL(request.url ?? '/', 'http://shop').pathname);
    if (handle) void handle(request, response);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const report = await runContract({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      service: 'shop',
      issuer: shop.issuer,
      allowWrites: true,
      model: 'Order',
      field: 'note',
      createValues: { userId: '1', number: 'C-1' },
      userAuthorization: 'Basic ada',
    });
    const failed = report.judgements.filter(({ outcome }) => outcome === 'failed');
    expect(failed).toEqual([]);
    const notJudged = report.judgements.filter(({ outcome }) => outcome === 'not_judged');
    // This shop has no MCP surface and mints no actor tokens.
    expect(notJudged.map(({ name }) => name.replace(/\..*/, ''))).toEqual([
      'surface',
      ...['impersonation', 'impersonation', 'impersonation'],
    ]);
    expect(report.met).toBeGreaterThan(100);
  } finally {
    server.closeAllConnections();
    server.close();
    await shop.close();
  }
}, 120_000);
