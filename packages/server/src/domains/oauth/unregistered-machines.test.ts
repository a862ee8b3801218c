import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

const resource = 'https://mcp.example.com/mcp';

let house: OAuthHouse;
let listener: Server;
let site: string;
const documents: Record<string, object> = {};
beforeAll(async () => {
  listener = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(documents[request.url ?? '']));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  house = await createOAuthHouse({
    settings: { OUTBOUND_ALLOW: '127.0.0.1', DYNAMIC_REGISTRATION: 'true' },
  });
  await house.client();
  await house.query(
    `UPDATE services SET resource_uri = $1, scopes = '[{"name":"tools:use","description":"Use your tools"}]' WHERE name = 'orders'`,
    [resource],
  );
});
afterAll(async () => {
  await house.close();
  listener.close();
});

const options = { execute: [client.allowInsecureRequests] };

/** Whoever can describe or register a client could otherwise have any scope of every service, and nobody was asked. */
describe('a client that nobody registered has no tokens in its own name', () => {
  it('one that a document describes, though it proves who it is', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const clientId = `${site}/machine.json`;
    documents['/machine.json'] = {
      client_id: clientId,
      redirect_uris: ['https://agent.example.com/callback'],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'a' }] },
    };
    const machine = await client.discovery(
      new URL(house.issuer),
      clientId,
      {},
      client.PrivateKeyJwt({ key: privateKey, kid: 'a' }),
      options,
    );
    for (const wanted of [{ resource, scope: 'tools:use' }, { resource }, {}])
      await expect(client.clientCredentialsGrant(machine, wanted)).rejects.toMatchObject({
        error: 'invalid_request',
        error_description: expect.stringContaining('grant type'),
      });
  });

  it('one that registers itself is told so at once', async () => {
    await expect(
      client.dynamicClientRegistration(
        new URL(house.issuer),
        {
          redirect_uris: ['https://agent.example.com/callback'],
          grant_types: ['authorization_code', 'client_credentials'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
        undefined,
        options,
      ),
    ).rejects.toMatchObject({ error: 'invalid_client_metadata' });
  });

  it('one that had registered itself for that before it was refused', async () => {
    const registered = await client.dynamicClientRegistration(
      new URL(house.issuer),
      {
        redirect_uris: ['https://agent.example.com/callback'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
      undefined,
      options,
    );
    const { client_id: clientId } = registered.clientMetadata();
    await house.query(
      `UPDATE clients SET grant_types = '{authorization_code,client_credentials}' WHERE client_id = $1`,
      [clientId],
    );
    await expect(
      client.clientCredentialsGrant(registered, { resource, scope: 'tools:use' }),
    ).rejects.toMatchObject({ error: 'invalid_request' });
  });
});
