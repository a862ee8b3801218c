import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { usualLimits } from './core/envelope.ts';
import { incomingCall } from './core/incoming-call.ts';
import { overWeb, webCall } from './core/plain-call.ts';
import type { IntentRouter, MountedSurface, ShownAction, SurfaceOptions } from './core/router.ts';
import type { IntentContext, IntentService } from './core/service.ts';
import { surfaces } from './core/surfaces.ts';

/** How the MCP surface is reached and guarded. */
export interface McpOptions<User, Db> extends SurfaceOptions<User, Db> {
  /** What agents are shown as the server's name and version. */
  readonly name: string;
  readonly version: string;
  /** What an agent should know before it picks a tool. */
  readonly instructions?: string;
  /** Where agents get tokens (RFC 9728): the address of this surface, and who issues tokens for it. */
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  /** Scopes that an agent may ask for. */
  readonly scopes?: readonly string[];
}

/**
 * The MCP surface (A2, G14): every action that the router shows is a tool of a real MCP server over streamable HTTP, without
 * sessions, so that any replica answers any call. A caller that `getUser` doesn't know is told where to get a token.
 *
 * @returns the surface, and the metadata document that belongs to it, to be mounted each
 * @example
 * for (const surface of buildMcp(router, { name: 'orders', version: '1', resource, authorizationServers, getUser, getDb }))
 *   await app.register(toFastify(surface));
 */
export function buildMcp<User, Db>(
  router: IntentRouter<Record<string, IntentService>>,
  options: McpOptions<User, Db>,
): readonly [surface: MountedSurface, metadata: MountedSurface] {
  const dispatch = router.buildMcpDispatch(options);
  const metadataPath = `/.well-known/oauth-protected-resource${new URL(options.resource).pathname}`;
  const challenge = `Bearer resource_metadata="${new URL(metadataPath, options.resource).href}"`;
  const shown = new Map(router.describe('mcp').map((action) => [toolNameOf(action), action]));
  const tools = [...shown].map(([name, action]) => toolOf(name, action));

  return [
    {
      surface: 'mcp',
      path: dispatch.path,
      paths: dispatch.paths,
      ...overWeb(async (request) => {
        if (request.method !== 'POST')
          return refuse(405, 'This server keeps no sessions: send each message by POST.', { allow: 'POST' });
        const context: IntentContext = { requestId: crypto.randomUUID(), surface: 'mcp', sent: {} };
        if ((await options.getUser(incomingCall(webCall(request), context, '', undefined))) === null)
          return refuse(401, 'Sign in first.', { 'www-authenticate': challenge });
        const server = new Server(
          { name: options.name, version: options.version },
          {
            capabilities: { tools: {} },
            ...(options.instructions === undefined ? {} : { instructions: options.instructions }),
          },
        );
        server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
        server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
          callTool(dispatch, request, shown.get(params.name), params),
        );
        const transport = new WebStandardStreamableHTTPServerTransport({
          enableJsonResponse: true,
          maxRequestBodySize: usualLimits.bodyBytes,
        });
        await server.connect(transport);
        try {
          return await transport.handleRequest(request);
        } finally {
          await server.close();
        }
      }),
    },
    {
      surface: 'mcp',
      path: metadataPath,
      paths: [metadataPath],
      ...overWeb(async () =>
        Response.json(
          {
            resource: options.resource,
            authorization_servers: options.authorizationServers,
            ...(options.scopes ? { scopes_supported: options.scopes } : {}),
            bearer_methods_supported: ['header'],
            resource_name: options.name,
          },
          { headers: { 'access-control-allow-origin': '*' } },
        ),
      ),
    },
  ];
}

function toolNameOf({ model, name }: ShownAction): string {
  return `${model}.${name}`;
}

const id = { type: ['string', 'integer'], description: 'Which one.' };
const page = {
  skip: { type: 'integer', minimum: 0, maximum: usualLimits.skip, description: 'Rows to pass by.' },
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: usualLimits.listLimit,
    description: 'Rows to give at the most.',
  },
};

function toolOf(name: string, { model, name: action, custom, schemas, isReadOnly }: ShownAction): Tool {
  const needsId = action === 'read' || action === 'update' || action === 'delete';
  const payload = schemas.payload?.['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
  const { $schema: _, ...payloadSchema } = payload ?? {};
  const needs = [...(needsId ? ['id'] : []), ...(payload ? ['payload'] : [])];
  return {
    name,
    description: custom?.description ?? `${action} of ${model}`,
    inputSchema: {
      type: 'object',
      properties: {
        ...(action === 'create' || action === 'list' ? {} : { id }),
        ...(isReadOnly && !payload && !custom ? {} : { payload: payloadSchema }),
        ...(action === 'list' ? page : {}),
      },
      ...(needs.length > 0 ? { required: needs } : {}),
      additionalProperties: false,
    },
    annotations: { readOnlyHint: isReadOnly, destructiveHint: action === 'delete' },
  };
}

/** One tool is one intent: by the same way, with the same refusals, in the words of the same envelope. */
async function callTool(
  dispatch: MountedSurface,
  request: Request,
  action: ShownAction | undefined,
  {
    name,
    arguments: given = {},
  }: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
) {
  if (!action)
    return toolAnswer({ error: { code: 'UNKNOWN_ACTION', message: `There is no tool ${name}.` } }, true);
  const headers = new Headers(request.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  const named = action.custom ? { action: 'custom', command: action.name } : { action: action.name };
  const answer = await dispatch.fetch(
    new Request(new URL(surfaces.mcp.path, request.url), {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...given, model: action.model, ...named }),
    }),
  );
  return toolAnswer(await answer.json(), !answer.ok);
}

function toolAnswer(envelope: unknown, isError: boolean) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(envelope) }], isError };
}

function refuse(status: number, message: string, headers: Readonly<Record<string, string>>): Response {
  return Response.json(
    { jsonrpc: '2.0', error: { code: -32_000, message }, id: null },
    { status, headers: { ...headers } },
  );
}
