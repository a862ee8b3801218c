import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auth, type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../house.ts';
import { type ClientHouse, createClientHouse, type PersonAtBrowser } from './client-house.ts';
import { type McpService, startMcpService } from './mcp-service.ts';

const redirectUrl = 'http://127.0.0.1:8123/callback';

let house: ClientHouse;
let service: McpService;
beforeAll(async () => {
  house = await createClientHouse({ DYNAMIC_REGISTRATION: 'true' });
  const key = await house.register({
    service: 'tools',
    grantTypes: ['client_credentials'],
    allowedScopes: [],
  });
  service = await startMcpService({ issuer: house.issuer, clientId: key.clientId, clientSecret: key.secret });
  await house.setResource('tools', service.resource);
  await house.query(`UPDATE services SET scopes = $1 WHERE name = 'tools'`, [
    JSON.stringify([
      { name: 'tools:read', description: 'Read with your tools' },
      { name: 'tools:write', description: 'Change things with your tools' },
    ]),
  ]);
});
afterAll(async () => {
  await service.close();
  await house.close();
});

/** What an MCP client keeps, in memory; its browser is a person at our pages. */
class Memory implements OAuthClientProvider {
  readonly redirectUrl = redirectUrl;
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'An MCP client',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  kept: OAuthTokens | undefined;
  registered: OAuthClientInformationMixed | undefined;
  verifier = '';
  callback: URL | undefined;
  readonly clientMetadataUrl?: string;
  readonly mara: PersonAtBrowser;

  constructor(mara: PersonAtBrowser, clientMetadataUrl?: string) {
    this.mara = mara;
    if (clientMetadataUrl) this.clientMetadataUrl = clientMetadataUrl;
  }
  clientInformation() {
    return this.registered;
  }
  saveClientInformation(information: OAuthClientInformationMixed) {
    this.registered = information;
  }
  tokens() {
    return this.kept;
  }
  saveTokens(tokens: OAuthTokens) {
    this.kept = tokens;
  }
  async redirectToAuthorization(address: URL) {
    this.callback = await this.mara.authorize(address);
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  invalidateCredentials(which: string) {
    if (which === 'all' || which === 'tokens') this.kept = undefined;
    if (which === 'all' || which === 'client') this.registered = undefined;
  }
}

/** Connects; where the server asks for more, goes through the pages and connects again. */
async function connect(memory: Memory) {
  for (let tries = 0; ; tries++) {
    const transport = new StreamableHTTPClientTransport(new URL(service.resource), { authProvider: memory });
    const client = new Client({ name: 'test', version: '1' });
    try {
      await client.connect(transport as never);
      return { client, transport };
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || tries > 0) throw error;
      await transport.finishAuth(memory.callback!.searchParams.get('code')!);
    }
  }
}

describe('the MCP SDK’s client', () => {
  it('finds the platform by the server’s metadata, registers itself, and calls a tool with PKCE and resource', async () => {
    const memory = new Memory(await house.atBrowser());
    const { client } = await connect(memory);
    expect(memory.registered?.client_id).toBeDefined();
    expect(decodeJwt(memory.kept!.access_token)).toMatchObject({ aud: 'tools', sub: memory.mara.person.id });
    const answer = await client.callTool({ name: 'who_am_i', arguments: {} });
    expect(JSON.stringify(answer.content)).toContain(memory.mara.person.id);
    await client.close();
  });

  it('is described by a document at its own address instead (client ID metadata documents)', async () => {
    service.setDocument({
      client_name: 'A described client',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    });
    const memory = new Memory(await house.atBrowser(), service.documentAddress);
    // The SDK takes https: addresses only; what it would keep of this one is given to it.
    memory.registered = { client_id: service.documentAddress };
    const { client } = await connect(memory);
    expect(decodeJwt(memory.kept!.access_token).client_id).toBe(service.documentAddress);
    await client.close();
  });

  it('refreshes by itself when its token has run out', async () => {
    const memory = new Memory(await house.atBrowser());
    const { client } = await connect(memory);
    await client.close();
    const [first, asked] = [memory.kept!, memory.callback];
    memory.kept = { ...first, access_token: 'worn out' };
    const again = await connect(memory);
    expect(memory.kept!.access_token).not.toBe(first.access_token);
    expect(memory.callback, 'nobody was asked').toBe(asked);
    await again.client.close();
  });

  it('steps up: a tool that needs more is allowed after one more question', async () => {
    const memory = new Memory(await house.atBrowser());
    const { client, transport } = await connect(memory);
    expect(memory.kept!.scope).not.toContain('tools:write');
    // The SDK would refresh first, which never gives more: a client that wants to step up forgets its refresh token.
    const { refresh_token: _, ...without } = memory.kept!;
    memory.kept = without;
    service.requireScope('tools:write');
    try {
      await expect(client.callTool({ name: 'who_am_i', arguments: {} })).rejects.toBeInstanceOf(
        UnauthorizedError,
      );
      await transport.finishAuth(memory.callback!.searchParams.get('code')!);
      expect(memory.kept!.scope).toContain('tools:write');
      const answer = await client.callTool({ name: 'who_am_i', arguments: {} });
      expect(JSON.stringify(answer.content)).toContain(memory.mara.person.id);
    } finally {
      service.requireScope(undefined);
      await client.close();
    }
  });

  it('starts anew where its refresh token was ended by the person', async () => {
    const memory = new Memory(await house.atBrowser());
    await (await connect(memory)).client.close();
    await house.query(
      `UPDATE grants SET ended_at = now(), ended_reason = 'app_disconnected' WHERE user_id = $1 AND kind = 'oauth'`,
      [memory.mara.person.id],
    );
    memory.callback = undefined;
    expect(await auth(memory, { serverUrl: service.resource })).toBe('REDIRECT');
    expect(memory.callback).toBeDefined();
  });
});

describe('the MCP conformance suite', () => {
  it('finds nothing wrong with the authorization server', async () => {
    const port = await freePort();
    const app = await house.register({
      name: 'Conformance',
      applicationType: 'native',
      service: 'tools',
      redirectUris: [`http://127.0.0.1:${port}/callback`],
      tokenEndpointAuthMethod: 'none',
    });
    const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/dist/index.js');
    const results = await mkdtemp(join(tmpdir(), 'castellan-conformance-'));
    const suite = spawn(
      process.execPath,
      [
        entry,
        'authorization',
        '--url',
        house.issuer,
        '--client-id',
        app.clientId,
        '--port',
        String(port),
        '--resource',
        service.resource,
        '--output-dir',
        results,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    let visited = false;
    for (const stream of [suite.stdout, suite.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const [address] = visited ? [] : (/http:\/\/localhost:\d+\/oauth\/authorize\?\S+/.exec(said) ?? []);
        if (!address) return;
        visited = true;
        void house
          .atBrowser()
          .then((mara) => mara.authorize(address))
          .then((callback) => fetch(callback));
      });
    const [code] = await once(suite, 'exit');
    const checks: { id: string; status: string; errorMessage?: string }[] = [];
    for (const path of await readdir(results, { recursive: true }))
      if (path.endsWith('checks.json'))
        checks.push(...JSON.parse(await readFile(join(results, path), 'utf8')));
    await rm(results, { recursive: true });
    expect(
      checks.filter(({ status }) => status !== 'SUCCESS'),
      said,
    ).toEqual([]);
    expect(checks.map(({ id }) => id).sort()).toEqual([
      'authorization-code-grant',
      'authorization-server-metadata',
      'authorization-server-metadata-cimd',
    ]);
    expect(code, said).toBe(0);
  }, 60_000);
});
