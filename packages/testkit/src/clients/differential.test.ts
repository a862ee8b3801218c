import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClientHouse, createClientHouse } from './client-house.ts';
import { acceptedDifferences } from './differences.ts';
import {
  differentialRequests,
  redirectUri,
  resource,
  type SharedClients,
  type Side,
} from './differential-requests.ts';
import { createPageWalker } from './page-walker.ts';
import { type PlainProvider, startPlainProvider } from './plain-provider.ts';

let house: ClientHouse;
let plain: PlainProvider;
let clients: SharedClients;
let sides: { readonly castellan: Side; readonly plain: Side };
beforeAll(async () => {
  house = await createClientHouse();
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const code = { grantTypes: ['authorization_code', 'refresh_token'] as const, redirectUris: [redirectUri] };
  const machines = { grantTypes: ['client_credentials'] as const, allowedScopes: ['orders:read'] };
  const deviceGrants = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] as const;
  const web = await house.register({ ...code, grantTypes: [...code.grantTypes], skipsConsent: true });
  const post = await house.register({
    ...code,
    grantTypes: [...code.grantTypes],
    skipsConsent: true,
    tokenEndpointAuthMethod: 'client_secret_post',
  });
  const app = await house.register({
    ...code,
    grantTypes: [...code.grantTypes],
    tokenEndpointAuthMethod: 'none',
  });
  const machine = await house.register({ ...machines, grantTypes: [...machines.grantTypes] });
  const keyed = await house.register({
    ...machines,
    grantTypes: [...machines.grantTypes],
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks,
  });
  const device = await house.register({
    applicationType: 'native',
    grantTypes: [...deviceGrants],
    tokenEndpointAuthMethod: 'none',
  });
  await house.setResource('orders', resource);
  clients = {
    web: { id: web.clientId, secret: web.secret },
    post: { id: post.clientId, secret: post.secret },
    app: { id: app.clientId },
    machine: { id: machine.clientId, secret: machine.secret },
    keyed: { id: keyed.clientId, key: privateKey },
    device: { id: device.clientId },
  };
  const codeClient = { redirect_uris: [redirectUri], grant_types: [...code.grantTypes] };
  const machineClient = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
  plain = await startPlainProvider(
    [
      { ...codeClient, client_id: web.clientId, client_secret: web.secret },
      {
        ...codeClient,
        client_id: post.clientId,
        client_secret: post.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      { ...codeClient, client_id: app.clientId, token_endpoint_auth_method: 'none' },
      { ...machineClient, client_id: machine.clientId, client_secret: machine.secret },
      { ...machineClient, client_id: keyed.clientId, token_endpoint_auth_method: 'private_key_jwt', jwks },
      {
        redirect_uris: [],
        response_types: [],
        application_type: 'native',
        grant_types: [...deviceGrants],
        client_id: device.clientId,
        token_endpoint_auth_method: 'none',
      },
    ],
    { resource, scopes: ['orders:read'] },
  );
  const mara = await house.person({ name: 'Mara Mole' });
  const side = async (issuer: string, signInAt: string): Promise<Side> => {
    const signedIn = createPageWalker(issuer);
    await signedIn.walk(`${issuer}${signInAt}`, mara);
    return { issuer, signedIn, stranger: createPageWalker(issuer) };
  };
  const begin = new URLSearchParams({
    client_id: web.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  });
  sides = {
    castellan: await side(house.issuer, '/sign-in'),
    plain: await side(plain.issuer, `/oauth/authorize?${begin}`),
  };
});
afterAll(async () => {
  await plain?.close();
  await house?.close();
});

/** Status, where the browser is sent, and the error code, in one line. */
async function outcomeOf(response: Response, issuer: string): Promise<string> {
  const location = response.headers.get('location');
  if (location !== null) {
    const url = new URL(location, issuer);
    const to = url.origin === issuer ? `to ${url.pathname.split('/')[1]}` : 'to the client';
    const error = url.searchParams.get('error') ?? new URLSearchParams(url.hash.slice(1)).get('error');
    return `${response.status} ${to}${error ? ` ${error}` : ''}`;
  }
  const text = await response.text();
  const error =
    /"error":"(\w+)"/.exec(text)?.[1] ??
    (response.status < 400
      ? /name="error" value="(\w+)"/.exec(text)?.[1]
      : /\b(invalid_\w+|unsupported_\w+|unauthorized_client|access_denied|request_\w*not_supported|server_error|temporarily_unavailable)\b/.exec(
          text,
        )?.[1]);
  return `${response.status}${error ? ` ${error}` : ''}`;
}

it('answers like a plain oidc-provider, request by request; where not, the list says why', async () => {
  const requests = differentialRequests(clients);
  expect(requests.length).toBeGreaterThanOrEqual(200);
  expect(new Set(requests.map(({ id }) => id)).size, 'each has a name of its own').toBe(requests.length);
  const unexplained: string[] = [];
  const explained = new Set<string>();
  for (const { id, send } of requests) {
    const ours = await outcomeOf(await send(sides.castellan), sides.castellan.issuer);
    const theirs = await outcomeOf(await send(sides.plain), sides.plain.issuer);
    if (ours === theirs) continue;
    const known = acceptedDifferences.find((difference) => difference.requests.includes(id));
    if (known?.castellan === ours && known.plain === theirs) explained.add(id);
    else unexplained.push(`${id}: castellan ${ours}; plain ${theirs}`);
  }
  expect(unexplained).toEqual([]);
  const listed = acceptedDifferences.flatMap((difference) => difference.requests);
  expect(
    listed.filter((id) => !explained.has(id)),
    'listed, but no difference any more',
  ).toEqual([]);
}, 300_000);
