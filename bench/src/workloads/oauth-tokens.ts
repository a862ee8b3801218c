import type { House } from '../house.ts';
import { writeForm } from '../load/connection.ts';
import type { Load } from '../load/generate.ts';
import { type ServerProcess, serverScript } from '../machine/server-process.ts';
import { type BatchVariant, compare, compareBatches, figuresOf } from '../measure.ts';
import {
  addClient,
  type BenchClient,
  codeRequest,
  openBrowser,
  ownCodes,
  peerCodes,
  peerSettings,
  refreshRequest,
  refreshTokens,
} from '../oauth-client.ts';
import type { WorkloadResult } from '../report.ts';

interface Pair {
  readonly client: BenchClient;
  readonly ours: ServerProcess;
  readonly peer: ServerProcess;
}

const ownPath = '/oauth/token';
const peerPath = '/token';
const ownName = 'ours, on PostgreSQL';
const peerName = 'oidc-provider in memory';

async function withPair<T>(house: House, work: (pair: Pair) => Promise<T>): Promise<T> {
  const client = await addClient(house);
  const ours = await house.platform([], { COOKIE_SECURE: 'false' });
  const peer = await house.run(serverScript('oidc-provider'), [], peerSettings(client));
  try {
    return await work({ client, ours, peer });
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
}

/** Service tokens by client credentials. */
export function measureServiceTokens(house: House): Promise<WorkloadResult> {
  return withPair(house, async ({ client, ours, peer }) => {
    const loadOf = (server: ServerProcess, path: string, form: Record<string, string>): Load => {
      const request = writeForm(path, server.publicTarget, client.basic, {
        grant_type: 'client_credentials',
        ...form,
      });
      return { target: server.publicTarget, next: () => request, mustContain: '"access_token"' };
    };
    const figures = await compare(
      house,
      [
        { name: ownName, server: ours, load: loadOf(ours, ownPath, { scope: 'read' }) },
        {
          name: peerName,
          server: peer,
          load: loadOf(peer, peerPath, { scope: 'read', resource: 'https://bench.example/api' }),
        },
      ],
      { rounds: 3, seconds: 2, inFlight: [1, 32, 256] },
    );
    return {
      title: 'Service tokens',
      method:
        '`grant_type=client_credentials` with `client_secret_basic`: the client and its secret read from PostgreSQL on every call, beside a plain oidc-provider that has them in memory. Both sign a JWT with Ed25519.',
      goals: ['32 in flight', '256 in flight'].map((load) => timesPeer(figures, load)),
      figures,
    };
  });
}

/** The exchange of a code. */
export function measureCodeExchange(house: House): Promise<WorkloadResult> {
  return withPair(house, async (pair) => {
    const { client, ours, peer } = pair;
    const cookie = await openBrowser(house);
    const figures = await compareBatches(
      house,
      batchVariants(house, pair, {
        ours: async (count) =>
          (await ownCodes(ours, cookie, count)).map((code) => codeRequest(ours, client, ownPath, code)),
        peer: async (count) =>
          (await peerCodes(peer, count)).map((code) => codeRequest(peer, client, peerPath, code)),
      }),
      { rounds: 3, requests: 600, inFlight: [1, 16] },
    );
    return {
      title: 'Code exchange',
      method:
        'One exchange of a code with PKCE for access token, ID token and refresh token. Ours has the code used up, the grant and the refresh token committed by PostgreSQL before it answers; the plain oidc-provider changes a Map.',
      goals: [timesPeer(figures, '16 in flight')],
      figures,
    };
  });
}

/** Renewal of tokens. */
export function measureRefresh(house: House): Promise<WorkloadResult> {
  return withPair(house, async (pair) => {
    const { client, ours, peer } = pair;
    const cookie = await openBrowser(house);
    const requestsOf = async (server: ServerProcess, path: string, codes: readonly string[]) =>
      (await refreshTokens(server, client, path, codes)).map((token) =>
        refreshRequest(server, client, path, token),
      );
    const figures = await compareBatches(
      house,
      batchVariants(house, pair, {
        ours: async (count) => requestsOf(ours, ownPath, await ownCodes(ours, cookie, count)),
        peer: async (count) => requestsOf(peer, peerPath, await peerCodes(peer, count)),
      }),
      { rounds: 3, requests: 600, inFlight: [1, 16] },
    );
    return {
      title: 'Refresh',
      method:
        'One use of a refresh token that was not used before, which rotates it. Ours has both tokens of the rotation committed by PostgreSQL before it answers; the plain oidc-provider changes a Map.',
      goals: [timesPeer(figures, '16 in flight')],
      figures,
    };
  });
}

function batchVariants(
  house: House,
  { ours, peer }: Pair,
  prepare: { readonly ours: BatchVariant['prepare']; readonly peer: BatchVariant['prepare'] },
): BatchVariant[] {
  const loadOf = (server: ServerProcess) => ({ target: server.publicTarget, mustContain: '"access_token"' });
  return [
    {
      name: ownName,
      server: ours,
      load: loadOf(ours),
      async prepare(count) {
        const requests = await prepare.ours(count);
        // A database that is a minute old has statistics; without any it would read small tables from end to end.
        await house.pool.query('ANALYZE');
        return requests;
      },
    },
    { name: peerName, server: peer, load: loadOf(peer), prepare: prepare.peer },
  ];
}

function timesPeer(figures: Parameters<typeof figuresOf>[0], load: string) {
  return {
    name: `answers per second, ${load}, times oidc-provider in memory`,
    measured: figuresOf(figures, ownName, load).perSecond / figuresOf(figures, peerName, load).perSecond,
    unit: '',
    atLeast: 1,
  };
}
