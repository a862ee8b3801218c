import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { id, instant, wire } from '../wire.ts';
import { forAdministrators } from './audience.ts';

/** A product's back end that is registered here. */
export const Service = wire({
  id,
  name: z.string(),
  description: z.string(),
  origins: z.array(z.string()),
  adminUrl: z.string().nullable(),
  /** Live keys, by their visible prefix. */
  keys: z.array(wire({ id, prefix: z.string(), createdAt: instant, lastUsedAt: instant.nullable() })),
  createdAt: instant,
});
export type Service = z.output<typeof Service>;

export const servicesList = defineRoute({
  ...forAdministrators,
  id: 'services.list',
  method: 'GET',
  path: '/admin/services',
  summary: 'Registered services, by name',
  query: wire(listQuery),
  success: [200, pageOf(Service)],
});
