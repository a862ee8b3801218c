import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { wire } from '../wire.ts';
import { forAnyone } from './audience.ts';

export const jwks = defineRoute({
  ...forAnyone,
  id: 'keys.jwks',
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys that verify tokens (RFC 7517)',
  success: [200, z.object({ keys: z.array(z.record(z.string(), z.unknown())) })],
});

export const health = defineRoute({
  ...forAnyone,
  id: 'health.live',
  method: 'GET',
  path: '/healthz',
  summary: 'Whether the process runs',
  success: [200, wire({ status: z.literal('ok') })],
});

export const ready = defineRoute({
  ...forAnyone,
  id: 'health.ready',
  method: 'GET',
  path: '/readyz',
  summary: 'Whether requests can be answered now: the database answers and migrations are applied',
  success: [200, wire({ status: z.literal('ok') })],
});

export const errorPage = defineRoute({
  ...forAnyone,
  id: 'errors.page',
  method: 'GET',
  path: '/errors/{code}',
  summary: 'What an error code, of Castellan or of an admin surface, means and how to fix it',
  params: wire({ code: z.string() }),
  gives: 'html',
  success: [200, null],
});

export const home = defineRoute({
  ...forAnyone,
  id: 'home.page',
  method: 'GET',
  path: '/',
  summary: 'A short page that says what this address is',
  gives: 'html',
  success: [200, null],
});

export const openApi = defineRoute({
  listener: 'admin',
  auth: ['admin_session'],
  permission: 'administrator',
  id: 'openapi.read',
  method: 'GET',
  path: '/openapi.json',
  summary: 'This contract as OpenAPI 3.1',
  success: [200, z.record(z.string(), z.unknown())],
});

export const metrics = defineRoute({
  listener: 'admin',
  auth: [],
  permission: 'metrics',
  id: 'metrics.read',
  method: 'GET',
  path: '/metrics',
  summary: 'Prometheus metrics; for loopback, or with the token of METRICS_TOKEN',
  gives: 'text',
  success: [200, null],
});
