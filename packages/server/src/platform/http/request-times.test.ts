import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { countRequests } from './request-times.ts';

const name = 'castellan_http_request_seconds';

it('says what a histogram of prom-client says of the same answers', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const count = countRequests(ours);
  const histogram = new Histogram({
    name,
    help: 'Time to answer a request',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [theirs],
  });
  const routes = [
    ['public', 'GET', '/healthz', 200],
    ['public', 'GET', '/healthz', 503],
    ['admin', 'POST', '/admin/users/:id', 200],
    ['public', 'GET', 'a "quoted" \\ route\n', 404],
  ] as const;
  for (const [index, seconds] of [0, 0.0004, 0.001, 0.0011, 0.25, 0.3, 9.99, 10, 10.01, 600].entries())
    for (const [listener, method, route, status] of routes.slice(0, 1 + (index % routes.length))) {
      count(listener, method, route, status, seconds);
      histogram.observe({ listener, method, route, status: String(status) }, seconds);
    }
  const lines = async (registry: Registry) => (await registry.metrics()).trim().split('\n').sort();
  expect(await lines(ours)).toEqual(await lines(theirs));
  expect((await lines(ours)).length).toBe(2 + routes.length * 15);
});
