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
  summary: 'The services that this one may call in the name of people (RFC 8693), by name',
  params: idParams,
  success: [200, wire({ items: z.array(wire({ id, name: z.string() })) })],
  errors: ['not_found'],
});

export const serviceCallsAllow = defineRoute({
  ...forAdministrators,
  id: 'service_calls.allow',
  method: 'PUT',
  path: '/admin/services/{id}/callees/{cid}',
  summary: 'Let this service call another in the name of people; done twice it is done',
  params: callParams,
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
