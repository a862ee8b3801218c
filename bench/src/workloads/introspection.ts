import type { House } from '../house.ts';
import { writeForm } from '../load/connection.ts';
import type { Load } from '../load/generate.ts';
import { type ServerProcess, serverScript } from '../machine/server-process.ts';
import { compare, figuresOf } from '../measure.ts';
import { addClient, type BenchClient, peerSettings, postForm } from '../oauth-client.ts';
import type { WorkloadResult } from '../report.ts';
import { peopleInTurn, signInPeople } from '../sign-in-client.ts';

function introspectionLoad(
  server: ServerProcess,
  client: BenchClient,
  path: string,
  tokens: readonly string[],
): Load {
  const requests = tokens.map((token) => writeForm(path, server.publicTarget, client.basic, { token }));
  let next = 0;
  return {
    target: server.publicTarget,
    next: () => requests[next++ % requests.length]!,
    mustContain: '"active":true',
  };
}

/** What one of the people asked about is called changes so often; each of them in turn. */
const changeEveryMs = 50;

/** Changes facts of the people asked about while `work` is done: what was remembered of them has to be read again. */
async function amidChanges<T>(house: House, work: () => Promise<T>): Promise<T> {
  let next = 0;
  const timer = setInterval(() => {
    const { email } = house.people[next++ % peopleInTurn]!;
    void house.pool.query('UPDATE users SET name = $2 WHERE email = $1', [email, `Bench Person ${next}`]);
  }, changeEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Introspection fresh from PostgreSQL, beside the same route whose facts come from memory, and beside the peer in memory. */
export async function measureIntrospection(house: House): Promise<WorkloadResult> {
  const client = await addClient(house);
  // The same issuer and secret: one token is good at all three.
  const issuer = { PUBLIC_URL: 'http://127.0.0.1:9003' };
  const fresh = await house.platform([], issuer);
  const remembered = await house.platform(['--remembered'], issuer);
  const inTurns = await house.platform(['--in-turns'], issuer);
  const peer = await house.run(serverScript('oidc-provider'), [], peerSettings(client));
  try {
    const tokens = await signInPeople(house, fresh);
    const peerTokens: string[] = [];
    for (let index = 0; index < peopleInTurn; index++)
      peerTokens.push(
        (await postForm(peer, client, '/token', { grant_type: 'client_credentials' })).access_token!,
      );
    const options = { rounds: 5, seconds: 2, inFlight: [1, 32, 256], openLoopPerSecond: 1000 };
    const load = introspectionLoad(fresh, client, '/oauth/introspect', tokens);
    const quiet = await compare(
      house,
      [
        { name: 'fresh', server: fresh, load },
        {
          name: 'no look-up',
          server: remembered,
          load: introspectionLoad(remembered, client, '/oauth/introspect', tokens),
        },
        {
          name: 'no look-up, in turns',
          server: inTurns,
          load: introspectionLoad(inTurns, client, '/oauth/introspect', tokens),
        },
        {
          name: 'oidc-provider in memory',
          server: peer,
          load: introspectionLoad(peer, client, '/token/introspection', peerTokens),
        },
      ],
      options,
    );
    const amid = await amidChanges(house, () =>
      compare(house, [{ name: 'fresh, amid changes', server: fresh, load }], options),
    );
    const figures = [...quiet, ...amid];
    const perSecond = (variant: string, load: string): number => figuresOf(figures, variant, load).perSecond;
    const shareOf = (other: string, load: string): number =>
      perSecond('fresh', load) / perSecond(other, load);
    return {
      title: 'Token introspection',
      method: `\`POST /oauth/introspect\` (RFC 7662) with \`client_secret_basic\` for ${peopleInTurn} access tokens of people in turn: client, secret, grant and person as they are when they are asked about: what was read before is remembered, and PostgreSQL is asked each time, by one shared query, whether any of it was changed; beside the same platform whose facts are answered from memory (client authentication, parsing, answer and access log are the same; answering at once, and at the end of each turn of the event loop), and beside a plain oidc-provider with opaque tokens in a Map. Amid changes: ${1000 / changeEveryMs} times a second one of these people is changed, each in turn.`,
      goals: [
        ...['32 in flight', '256 in flight'].map((load) => ({
          name: `answers per second, ${load}, share of no look-up`,
          measured: shareOf('no look-up', load),
          unit: '',
          atLeast: 0.75,
        })),
        ...['32 in flight', '256 in flight'].map((load) => ({
          name: `answers per second, ${load}, times oidc-provider in memory`,
          measured: shareOf('oidc-provider in memory', load),
          unit: '',
          atLeast: 3,
        })),
      ],
      figures,
      facts: {
        'share of no look-up, in turns, 32 in flight': shareOf('no look-up, in turns', '32 in flight'),
        'share of no look-up, in turns, 256 in flight': shareOf('no look-up, in turns', '256 in flight'),
        'amid changes, share of without, 32 in flight':
          perSecond('fresh, amid changes', '32 in flight') / perSecond('fresh', '32 in flight'),
        'share at 1 in flight (a round trip to the database against none)': shareOf(
          'no look-up',
          '1 in flight',
        ),
      },
    };
  } finally {
    await Promise.all([fresh, remembered, inTurns, peer].map((server) => server.stop()));
  }
}
