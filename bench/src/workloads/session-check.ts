import type { House } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import type { Load } from '../load/generate.ts';
import type { ServerProcess } from '../machine/server-process.ts';
import { compare, figuresOf } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';
import { signInPeople } from '../sign-in-client.ts';

/** A load of session checks for live tokens, in turn. */
export function sessionCheckLoad(house: House, server: ServerProcess, tokens: readonly string[]): Load {
  const authorization = `Bearer ${house.serviceKey}`;
  const requests = tokens.map((token) =>
    writeRequest('POST', '/v1/sessions/check', server.publicTarget, { authorization }, { tokens: [token] }),
  );
  let next = 0;
  return {
    target: server.publicTarget,
    next: () => requests[next++ % requests.length]!,
    mustContain: '"active":true',
  };
}

/** The session check, fresh from PostgreSQL, beside the same route whose facts come from memory. */
export async function measureSessionCheck(house: House): Promise<WorkloadResult> {
  // The same issuer and secret: one token is good at both.
  const issuer = { PUBLIC_URL: 'http://127.0.0.1:9003' };
  const fresh = await house.platform([], issuer);
  const remembered = await house.platform(['--remembered'], issuer);
  const inTurns = await house.platform(['--in-turns'], issuer);
  try {
    const tokens = await signInPeople(house, fresh);
    const figures = await compare(
      house,
      [
        { name: 'fresh', server: fresh, load: sessionCheckLoad(house, fresh, tokens) },
        { name: 'no look-up', server: remembered, load: sessionCheckLoad(house, remembered, tokens) },
        { name: 'no look-up, in turns', server: inTurns, load: sessionCheckLoad(house, inTurns, tokens) },
      ],
      { rounds: 5, seconds: 2, inFlight: [1, 32, 256], openLoopPerSecond: 1000 },
    );
    const perSecond = (variant: string, load: string): number => figuresOf(figures, variant, load).perSecond;
    const shareOf = (floor: string, load: string): number =>
      perSecond('fresh', load) / perSecond(floor, load);
    const at32 = (variant: string) => figuresOf(figures, variant, '32 in flight');
    return {
      title: 'Session check',
      method:
        '`POST /v1/sessions/check` with one token each, those of 16 people in turn: authority as it is at each call (what was read before is remembered, and PostgreSQL is asked each time, by one shared query, whether any of it was changed), beside the same platform whose facts are answered from memory. Service key, token, parsing, answer and access log are the same. Look-ups are answered in bursts, which is cheaper by itself than answering each request at once; what of the floor is left when it answers in bursts as well is told beside the goals.',
      goals: ['32 in flight', '256 in flight'].map((load) => ({
        name: `answers per second, ${load}, share of no look-up`,
        measured: shareOf('no look-up', load),
        unit: '',
        atLeast: 0.75,
      })),
      figures,
      facts: {
        'share of no look-up, in turns, 32 in flight': shareOf('no look-up, in turns', '32 in flight'),
        'share of no look-up, in turns, 256 in flight': shareOf('no look-up, in turns', '256 in flight'),
        'share at 1 in flight (a round trip to the database against none)': shareOf(
          'no look-up',
          '1 in flight',
        ),
        'server processor time, no look-up in turns / fresh, 32 in flight':
          at32('no look-up, in turns').serverMicroseconds / at32('fresh').serverMicroseconds,
      },
    };
  } finally {
    await Promise.all([fresh, remembered, inTurns].map((server) => server.stop()));
  }
}
