/**
 * A plain `oidc-provider` that keeps everything in one Map: the peer without a database. It signs with Ed25519 as ours
 * does, and hands out codes on `POST /bench/codes`, as if a person had just agreed.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';

const issuer = process.env.PUBLIC_URL!;
const clientId = 'bench';
const redirectUri = 'https://app.bench.example/callback';
const resource = 'https://bench.example/api';
const kept = new Map<string, AdapterPayload>();
const byGrant = new Map<string, string[]>();

function memory(model: string): Adapter {
  const keyOf = (id: string): string => `${model} ${id}`;
  return {
    async upsert(id, payload) {
      kept.set(keyOf(id), payload);
      if (payload.grantId) byGrant.set(payload.grantId, [...(byGrant.get(payload.grantId) ?? []), keyOf(id)]);
    },
    find: async (id) => kept.get(keyOf(id)),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    async consume(id) {
      const payload = kept.get(keyOf(id));
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      kept.delete(keyOf(id));
    },
    async revokeByGrantId(grantId) {
      for (const key of byGrant.get(grantId) ?? []) kept.delete(key);
    },
  };
}

const { privateKey } = generateKeyPairSync('ed25519');
const provider = new Provider(issuer, {
  adapter: memory,
  jwks: {
    keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' } as never],
  },
  enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] } as never,
  clientDefaults: { id_token_signed_response_alg: 'EdDSA' },
  clients: [
    {
      client_id: clientId,
      client_secret: process.env.BENCH_CLIENT_SECRET!,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: 'openid offline_access read',
    },
  ],
  scopes: ['openid', 'offline_access', 'read'],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  pkce: { required: () => true },
  ttl: {
    ClientCredentials: 300,
    AccessToken: 900,
    AuthorizationCode: 600,
    RefreshToken: 86_400,
    Grant: 86_400,
    IdToken: 900,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'read',
        audience: 'bench',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'EdDSA' } },
      }),
    },
  },
});

async function issueCodes(count: number, challenge: string): Promise<string[]> {
  const client = await provider.Client.find(clientId);
  const codes: string[] = [];
  for (let index = 0; index < count; index++) {
    const accountId = `person-${index % 64}`;
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(resource, 'read');
    const grantId = await grant.save();
    const code = new provider.AuthorizationCode({
      client: client!,
      accountId,
      grantId,
      redirectUri,
      resource,
      scope: 'openid offline_access read',
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      gty: 'authorization_code',
      authTime: Math.floor(Date.now() / 1000),
      claims: {},
    } as never);
    codes.push(await code.save());
  }
  return codes;
}

const callback = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url!, issuer);
  if (url.pathname === '/readyz') return void response.end('{}');
  if (url.pathname !== '/bench/codes') return void callback(request, response);
  issueCodes(Number(url.searchParams.get('count')), url.searchParams.get('challenge')!).then(
    (codes) => response.end(JSON.stringify(codes)),
    (error) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(process.env.PUBLIC_PORT), '127.0.0.1');
