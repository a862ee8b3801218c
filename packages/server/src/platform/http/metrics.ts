import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { countRequests } from './request-times.ts';

/** What the platform counts about itself, in Prometheus' terms. */
export interface Metrics {
  observe(listener: string, method: string, route: string, status: number, ms: number): void;
  /** Counts a token that was refused, by why. */
  tokenRefused(kind: string, reason: string): void;
  /** Counts an OAuth request that was refused, by endpoint and error code. */
  oauthRefused(endpoint: string, error: string): void;
  /** Counts a permission check that was answered with no, by what was missing. */
  accessRefused(kind: string, reason: string): void;
  /** Counts and times a call to a product's admin surface. */
  productCalled(service: string, action: string, outcome: string, ms: number): void;
  readonly passwordQueueLength: { set(value: number): void };
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: 'castellan_' });
  const countRequest = countRequests(registry);
  const refused = new Counter({
    name: 'castellan_tokens_refused_total',
    help: 'Tokens that were refused',
    labelNames: ['kind', 'reason'],
    registers: [registry],
  });
  const oauthRefusals = new Counter({
    name: 'castellan_oauth_refused_total',
    help: 'OAuth requests that were refused',
    labelNames: ['endpoint', 'error'],
    registers: [registry],
  });
  const accessRefusals = new Counter({
    name: 'castellan_access_refused_total',
    help: 'Permission checks that were answered with no',
    labelNames: ['kind', 'reason'],
    registers: [registry],
  });
  const passwordQueueLength = new Gauge({
    name: 'castellan_password_queue_length',
    help: 'Password checks that wait for a core',
    registers: [registry],
  });
  const productCalls = new Histogram({
    name: 'castellan_product_call_seconds',
    help: 'Time that products took to answer operators',
    labelNames: ['service', 'action', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30],
    registers: [registry],
  });
  return {
    observe: (listener, method, route, status, ms) =>
      countRequest(listener, method, route, status, ms / 1000),
    tokenRefused: (kind, reason) => refused.inc({ kind, reason }),
    oauthRefused: (endpoint, error) => oauthRefusals.inc({ endpoint, error }),
    accessRefused: (kind, reason) => accessRefusals.inc({ kind, reason }),
    productCalled: (service, action, outcome, ms) =>
      productCalls.observe({ service, action, outcome }, ms / 1000),
    passwordQueueLength,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
