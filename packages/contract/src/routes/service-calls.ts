import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { id, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

const callParams = wire({ id, cid: id });

export const serviceCallsList = defineRoute({
  ...forAdministrators,
  id: 'service_calls.list',
  method: 'GET',
  path: '/admin/services/{id}/callees',
  summary:
    'The services that this one may call in the name of people (RFC 8693), by name, with the scopes it may have there',
  params: idParams,
  success: [
    200,
    wire({ items: z.array(wire({ id, name: z.string(), scopes: z.array(z.string()).nullable() })) }),
  ],
  errors: ['not_found'],
});

export const serviceCallsAllow = defineRoute({
  ...forAdministrators,
  id: 'service_calls.allow',
  method: 'PUT',
  path: '/admin/services/{id}/callees/{cid}',
  summary:
    'Let this service call another in the name of people, with these scopes alone where they are named',
  params: callParams,
  /** Without scopes, or with `null`: with all that the token allows that it was called with. */
  body: wire({ scopes: z.array(z.string().max(200)).max(100).nullable().optional() }),
  success: [204, null],
  errors: ['not_found'],
});

export const serviceCallsWithdraw = defineRoute({
  ...forAdministrators,
  id: 'service_calls.withdraw',
  method: 'DELETE',
  path: '/admin/services/{id}/callees/{cid}',
  summary: 'Take that back; tokens that were exchanged before are refused from the next call on',
  params: callParams,
  success: [204, null],
  errors: ['not_found'],
});
