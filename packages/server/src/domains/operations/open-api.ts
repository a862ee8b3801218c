import {
  allRoutes,
  type ErrorCode,
  errorCatalogue,
  Problem,
  personTokenHeader,
  type RouteDefinition,
  tokenKinds,
} from '@castellan/contract';
import { z } from 'zod';

type Json = Record<string, unknown>;

const mediaTypes = {
  json: 'application/json',
  csv: 'text/csv',
  html: 'text/html',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
} as const;

/** The wire side of a schema as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  return rest;
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

/** The error codes that a route can answer with: its own, and those of its kind. */
export function errorsOf(route: RouteDefinition): ErrorCode[] {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.auth.length > 0)
    for (const code of ['unauthenticated', 'token_invalid', 'token_expired', 'session_ended'] as const)
      codes.add(code);
  if (route.permission === 'administrator' || route.permission === 'operator')
    for (const code of ['not_admin', 'account_deactivated'] as const) codes.add(code);
  if (route.permission === 'operator') codes.add('operator_role_missing');
  if (route.listener === 'admin' && (route.method !== 'GET' || route.auth.includes('admin_session')))
    codes.add('origin_refused');
  if (route.params ?? route.query ?? route.body) codes.add('validation_failed');
  if (route.body)
    for (const code of ['malformed_request', 'payload_too_large', 'unsupported_media_type'] as const)
      codes.add(code);
  if (route.idempotent) codes.add('idempotency_key_reused');
  codes.add('internal');
  codes.add('unavailable');
  return [...codes];
}

function responsesOf(route: RouteDefinition): Json {
  const [status, schema] = route.success;
  const media = mediaTypes[route.gives ?? 'json'];
  const success: Json = { description: 'Done' };
  if (schema) success.content = { [media]: { schema: schemaOf(schema) } };
  else if (route.gives !== undefined) success.content = { [media]: { schema: { type: 'string' } } };
  const responses: Json = { [status]: success };
  const byStatus = Map.groupBy(errorsOf(route), (code) => errorCatalogue[code].status);
  for (const [errorStatus, codes] of [...byStatus].sort(([left], [right]) => left - right))
    responses[errorStatus] = {
      description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join('\n\n'),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  return responses;
}

function operationOf(route: RouteDefinition, urls: { public: string; admin: string }): Json {
  const operation: Json = {
    operationId: route.id,
    summary: route.summary,
    tags: [route.id.split('.')[0]],
    servers: [{ url: urls[route.listener] }],
    'x-permission': route.permission,
    security: route.auth.map((kind) => ({ [kind]: [] })),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(route.idempotent
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              required: false,
              schema: { type: 'string', minLength: 8, maxLength: 100 },
            },
          ]
        : []),
      ...(route.takesPersonToken
        ? [
            {
              name: personTokenHeader,
              in: 'header',
              required: false,
              description:
                'The access token of the person in whose name it is called; without it the service acts by itself',
              schema: { type: 'string', maxLength: 4096 },
            },
          ]
        : []),
    ],
    responses: responsesOf(route),
  };
  const media = mediaTypes[route.takes ?? 'json'];
  if (route.body)
    operation.requestBody = { required: true, content: { [media]: { schema: schemaOf(route.body) } } };
  else if (route.takes === 'csv')
    operation.requestBody = { required: true, content: { [media]: { schema: { type: 'string' } } } };
  return operation;
}

/** The whole contract as OpenAPI 3.1. */
export function openApiDocument(urls: { public: string; admin: string }): Json {
  const paths: Record<string, Json> = {};
  for (const route of allRoutes as readonly RouteDefinition[]) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operationOf(route, urls);
  }
  const securitySchemes = Object.fromEntries(
    Object.entries(tokenKinds).map(([kind, rule]) => [
      kind,
      rule.carrier === 'cookie'
        ? { type: 'apiKey', in: 'cookie', name: 'admin_token' }
        : rule.carrier === 'bearer'
          ? { type: 'http', scheme: 'bearer', bearerFormat: rule.mark }
          : {
              type: 'apiKey',
              in: 'query',
              name: rule.carrier,
              description: `Travels in the ${rule.carrier}; begins with ${rule.mark}`,
            },
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Castellan', version: '0.1.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { schemas: { Problem: schemaOf(Problem) }, securitySchemes },
  };
}
