import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** An MCP server of a product, protected by Castellan: it asks about each token by introspection. */
export interface McpService {
  /** Its address, which tokens for it name as their resource. */
  readonly resource: string;
  /** Where a client's own description is. */
  readonly documentAddress: string;
  setDocument(metadata: object): void;
  /** Asks for a scope beyond the first from now on. */
  requireScope(scope: string | undefined): void;
  close(): Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
};

/** Starts it on a free port of loopback. */
export async function startMcpService(options: {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<McpService> {
  const { issuer, clientId, clientSecret } = options;
  let document: object | undefined;
  let required: string | undefined;
  let origin = '';

  const introspect = async (token: string): Promise<{ active: boolean; sub?: string; scope?: string }> => {
    const response = await fetch(`${issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
    });
    return (await response.json()) as { active: boolean };
  };

  const refuse = (response: ServerResponse, status: number, challenge: string): void => {
    response.writeHead(status, {
      'www-authenticate': `Bearer ${challenge}, resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
    });
    response.end();
  };

  const speak = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return refuse(response, 401, 'scope="openid tools:read"');
    const { active, sub = '', scope = '' } = await introspect(token);
    if (!active) return refuse(response, 401, 'error="invalid_token"');
    if (required && !scope.split(' ').includes(required))
      return refuse(response, 403, `error="insufficient_scope", scope="openid tools:read ${required}"`);
    const server = new McpServer({ name: 'tools', version: '1' });
    server.registerTool('who_am_i', { description: 'Who calls' }, () => ({
      content: [{ type: 'text', text: sub }],
    }));
    const transport = new StreamableHTTPServerTransport({});
    await server.connect(transport as never);
    await transport.handleRequest(
      request,
      response,
      request.method === 'POST' ? await readBody(request) : undefined,
    );
  };

  const server = createServer((request, response) => {
    const json = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.url === '/.well-known/oauth-protected-resource/mcp')
      return json({
        resource: `${origin}/mcp`,
        authorization_servers: [issuer],
        scopes_supported: ['openid', 'tools:read'],
      });
    if (request.url === '/client.json' && document)
      return json({ ...document, client_id: `${origin}/client.json` });
    if (request.url === '/mcp')
      return void speak(request, response).catch((error) => {
        response.writeHead(500);
        response.end(String(error));
      });
    response.writeHead(404);
    response.end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    resource: `${origin}/mcp`,
    documentAddress: `${origin}/client.json`,
    setDocument: (metadata) => {
      document = metadata;
    },
    requireScope: (scope) => {
      required = scope;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
